// SPDX-License-Identifier: GPL-3.0-or-later
// The label column of a classified text, and labels in words.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/config/label_kind.h"
#include "core/data/read/record_reader.h"

namespace lathe {

/// What labels are compared by: their name, with true and false in any case.
std::string labelKey(std::string_view text);
/// Whether both have the same labels at the same places, compared by labelKey.
bool sameLabels(const std::vector<std::string>& left, const std::vector<std::string>& right);
/// Empty, or a word that table programs and Python write for a missing value: NaN, None, null, N/A, …
bool isMissingLabel(std::string_view text);

/// Whether there is a label of this name.
using IsLabel = std::function<bool(const std::string& name)>;

/// What may be between several labels in one cell, besides "|": the first one fits best.
constexpr std::string_view kLabelSeparators = ";,/+&#\n\t ";

/// The names in a cell: a single text; of several a list, as a text too (listInText), or texts with "|"
/// between them. Where `isLabel` says which labels there are, a text that is none may be several with one of
/// kLabelSeparators between them. Blanks around a name are removed, empty ones and repetitions left out. None
/// where labels are numbers.
std::vector<std::string> labelNames(const OrderedJson& cell, LabelKind kind, const IsLabel& isLabel = {});
/// The number in a cell; DataInvalid for anything else and for one that float32 cannot hold.
Result<double> labelNumber(const OrderedJson& cell, const std::string& place);

/// "a | b"; "–" for none.
std::string labelList(const std::vector<std::string>& names);
std::string labelList(std::span<const int32_t> ids, const std::vector<std::string>& labels);
/// With six significant digits.
std::string numberText(double value);
}  // namespace lathe
