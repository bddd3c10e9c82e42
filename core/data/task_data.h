// SPDX-License-Identifier: GPL-3.0-or-later
// Records become token rows with targets, as the recipe's task asks; what was cut or dropped is counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/config/recipe.h"
#include "core/data/encode/example.h"
#include "core/data/encode/masking.h"
#include "core/data/read/data_report.h"
#include "core/tokenizer/chat/chat_format.h"

namespace lathe {

/// What the user is told about rows: those left out, those cut at data.maxLength, and the report's notes.
std::vector<Note> rowNotes(const DataReport& report, const DataSettings& data);

struct TaskData {
    std::vector<Example> train;
    std::vector<Example> validation;
    std::vector<std::string>
        labels;  ///< class or tag names by id, sorted; empty for numbers and language tasks
    std::optional<Masking>
        masking;  ///< of training rows, anew in each epoch; validation rows are masked already
    DataReport trainReport;
    DataReport validationReport;
    std::map<std::string, std::string> columns;  ///< role → column as used (given or guessed)
    std::vector<std::string> availableColumns;
    std::string format, encoding;
    std::optional<ChatFormat> chat;  ///< of conversational tasks
};

/// How many of the first rows of each part are wanted in memory.
struct RowsKept {
    std::size_t train = SIZE_MAX, validation = SIZE_MAX;
};

/// Loads and encodes both parts of recipe.data. A fraction for validation takes rows by a shuffle from
/// recipe.data.splitSeed, of classes the same share of each. All rows are encoded and counted, whatever is
/// kept of them. Errors: DataInvalid (missing column, empty file, unseen label, unparsable row), FileMissing.
Result<TaskData> loadTaskData(const Recipe& recipe, const Tokenizer& tokenizer, const RowsKept& kept = {});

/// The rows of one more file for an already trained task (evaluate, predict): labels are given, not made.
Result<std::vector<Example>> loadRows(const Recipe& recipe, const std::filesystem::path& file,
                                      const std::vector<std::string>& labels, bool needLabels,
                                      const Tokenizer& tokenizer, DataReport& report);

}  // namespace lathe
