// SPDX-License-Identifier: GPL-3.0-or-later
// Which column plays which role in a task: as the recipe says, else as guessed.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/note.h"
#include "core/config/label_kind.h"
#include "core/data/read/record_reader.h"

namespace lathe {

/// Role ("text", "label", "instruction", …) → index into RecordSet::columns.
using ColumnMap = std::map<std::string, std::size_t>;

/// A record with what it belongs to.
struct DataRow {
    const RecordSet& records;
    const ColumnMap& columns;
    const Record& record;
};

/// What the rows of a task are.
enum class RowShape {
    Text,          ///< plain text to be gone on with or filled in
    Conversation,  ///< questions and answers
    Labelled,      ///< a text, or two, with a label
    Tagged,        ///< words with a tag each
    Pair,          ///< a source and a target text
    Preference,    ///< a prompt with a better and a worse answer
    Prompt,        ///< a prompt, perhaps with the answer that is wanted
};
/// Whether such rows are written in a chat format.
bool isConversational(RowShape shape);
/// The task that judges whole rows: an encoder's rows keep the tokens it has around a text, and pairs may say
/// by how much one answer is the better.
constexpr const char* kRewardTask = "reward_model";

/// None for a task whose rows cannot be prepared.
std::optional<RowShape> rowShapeOf(const std::string& task);

/// Before the name of a label that has a column of its own with 0 or 1: the role "label.price".
constexpr std::string_view kLabelColumn = "label.";

/// The recipe's columns completed by guesses. RecipeInvalid for a role the task does not have; DataInvalid,
/// with the columns there are and the recipe line to write, when one is missing. Without `needLabels` rows
/// need no label, tags or target. Each label may have a column of its own; DataInvalid where it is open which
/// of several columns alike is the label.
Result<ColumnMap> resolveColumns(const RecordSet& records, const std::string& task,
                                 const std::map<std::string, std::string>& given, bool needLabels,
                                 LabelKind kind = LabelKind::One);

/// What was guessed from contents, not from usual names.
void noteGuesses(const RecordSet& records, const std::map<std::string, std::string>& given,
                 const ColumnMap& columns, std::vector<Note>& notes);

/// Notes the columns of the file that have no role.
void noteUnusedColumns(const RecordSet& records, const ColumnMap& columns, std::vector<Note>& notes);

}  // namespace lathe
