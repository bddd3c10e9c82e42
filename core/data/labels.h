// SPDX-License-Identifier: GPL-3.0-or-later
// The label column of a classified text, and labels in words.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/config/label_kind.h"
#include "core/data/task_data.h"

namespace lathe {

/// The names in a cell: a single text; of several a JSON list, as a text too, or texts with "|" between them.
/// Blanks around a name are removed, empty ones and repetitions left out. None where labels are numbers.
std::vector<std::string> labelNames(const Json& cell, LabelKind kind);
/// The number in a cell; DataInvalid for anything else and for one that float32 cannot hold.
Result<double> labelNumber(const Json& cell, const std::string& place);

/// "a | b"; "–" for none.
std::string labelList(const std::vector<std::string>& names);
std::string labelList(std::span<const int32_t> ids, const std::vector<std::string>& labels);
/// With six significant digits.
std::string numberText(double value);
/// A row's label as people read it; empty where it has none. `labels`: names by id.
std::string labelWords(const Example& row, const std::vector<std::string>& labels);

}  // namespace lathe
