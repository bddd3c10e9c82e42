// SPDX-License-Identifier: GPL-3.0-or-later
// What the encoders of all rows share: the report's counts, and the targets of rendered conversations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/recipe.h"
#include "core/data/encode/example.h"
#include "core/data/read/data_report.h"
#include "core/data/roles/columns.h"
#include "core/tokenizer/chat/chat_message.h"

namespace lathe {

/// The recipe's longest row in tokens; at least 1.
std::size_t maxLengthOf(const Recipe& recipe);
/// What sets that length: "max_length", or the base's room with its tokens.
std::string roomText(const Recipe& recipe);
bool hasTarget(const std::vector<int32_t>& targets);

/// Counts a row that is left out; the first few reasons are kept.
void drop(DataReport& report, const RecordSet& records, const Record& record, const std::string& why);
/// Of a table the record with nothing where a text is but a word for a missing value (isMissingLabel), as
/// pandas reads it, noted; nothing where no text is. In JSON null is missing, and "NaN" is a text, noted too.
std::optional<Record> withoutMissingWords(const DataRow& row, DataReport& report);
/// Enters a row's length before cutting into the histogram.
void countLength(DataReport& report, std::size_t tokens);
/// Where encoded rows go: counted all of them, kept so many.
struct EncodedPart {
    std::vector<Example>& examples;
    DataReport& report;
    std::size_t most = SIZE_MAX;  ///< examples kept
    Example open{};               ///< the block of text that is not full yet

    void add(Example&& example);
};

/// DataInvalid when a match of the tokenizer was given up since `before` (tok::Pattern::givenUp).
Result<void> checkExpressions(uint64_t before, const RecordSet& records, const Record& record);

/// Per token its id where it is to be learnt, else kNoTarget: tokens that hold any byte of an answer, or all
/// of them with `everything`. So where the tokenizer joins the prompt's last bytes with the answer's first
/// ones, that token counts: it is the first one generation has to produce (methods.md, "Targets and
/// packing").
std::vector<int32_t> targetsOf(const Encoding& encoding, const RenderedChat& chat, bool everything);

}  // namespace lathe
