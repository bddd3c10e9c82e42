// SPDX-License-Identifier: GPL-3.0-or-later
// The recipe by which rows for a TARGET (command-line.md, "Targets") are read: a run's own, or a bare one for
// a plain model.
#pragma once

#include "core/config/recipe.h"

namespace lathe {

/// With `task` in place of the run's own where it is not empty. RecipeInvalid for a run whose recipe was
/// damaged, BadArgument when no task is known.
Result<Recipe> recipeOfTarget(const std::string& target, const std::string& task);

}  // namespace lathe
