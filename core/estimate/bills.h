// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a run fits into memory, asked when its rows are loaded. Bills before that: makeBills.
#pragma once

#include <optional>
#include <vector>

#include "core/base/note.h"
#include "core/config/recipe.h"
#include "core/data/task_data.h"

namespace lathe {

/// The note memory_short when the recipe needs more than there is for training on `rows`.
std::optional<Note> memoryNoteFor(const Recipe& recipe, const std::vector<Example>& rows);
/// The same with the rows that the recipe names.
std::optional<Note> memoryNoteFor(const Recipe& recipe);

}  // namespace lathe
