// SPDX-License-Identifier: GPL-3.0-or-later
// The labels or tags of a training file, with what is doubtful about them.
#pragma once

#include <optional>

#include "core/config/recipe.h"
#include "core/data/read/data_rows.h"
#include "core/data/roles/columns.h"
#include "core/data/task_data.h"

namespace lathe {

struct TrainingLabels {
    std::vector<std::string> names;  ///< by id; empty where labels are numbers
    std::vector<int32_t> rows;       ///< of one label a row: equal numbers for equal labels, -1 for none
};

/// Class names of all rows; DataInvalid where a column holds no classes. Where data.limit is set and the file
/// is not large, the notes name the labels behind it.
Result<TrainingLabels> collectLabels(const Recipe& recipe, const DataRows& rows, const ColumnMap& columns,
                                     std::vector<Note>& notes);
/// Tag names: "O" first, as it is nearly everywhere, then by their bytes. DataInvalid where (nearly) every
/// row is one word.
Result<TrainingLabels> collectTags(const Recipe& recipe, const DataRows& rows, const ColumnMap& columns,
                                   std::vector<Note>& notes);

/// Labels that few training rows have, or that only one of the parts has.
void noteRareLabels(TaskData& data);

}  // namespace lathe
