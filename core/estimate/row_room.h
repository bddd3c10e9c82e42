// SPDX-License-Identifier: GPL-3.0-or-later
// How long a row may be: what training and preview cut rows at.
#pragma once

#include <vector>

#include "core/config/recipe.h"
#include "core/formats/model_folder.h"
#include "core/objectives/objective.h"
#include "core/peft/method.h"

namespace lathe {

/// The positions of the base's context that virtual tokens and, where the task writes answers, the longest
/// answer leave for a row. RecipeInvalid when none are left.
Result<int64_t> rowRoom(const ModelShape& shape, const std::vector<ChosenMethod>& methods,
                        const Objective& objective);

/// Lowers data.max_length to rowRoom. A recipe that cannot be trained stays as it is: training says why.
void fitToBase(Recipe& recipe, const ModelSource& source);

}  // namespace lathe
