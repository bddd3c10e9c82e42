// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/target/target_recipe.h"

#include <filesystem>

#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/run/store/run_store.h"

namespace lathe {

Result<Recipe> recipeOfTarget(const std::string& target, const std::string& task) {
    Recipe recipe;
    if (isRunFolder(target)) {
        ParsedRecipe parsed = readRunRecipe(target, engineCatalog());
        if (!parsed.faults.empty())
            return Error{ErrorCode::RecipeInvalid, parsed.faults.front().text(), parsed.faults.front().place,
                         ""};
        recipe = std::move(parsed.recipe);
    }
    recipe.base = target;
    if (!task.empty() && task != recipe.task) {
        recipe.task = task;
        recipe.objective = {};  // the settings of another task
    }
    if (recipe.task.empty())
        return Error{ErrorCode::BadArgument, "a plain model has no task of its own", "task",
                     "name it, with --task on the command line"};
    if (!engineCatalog().task(recipe.task))
        return Error{ErrorCode::BadArgument, "there is no task \"" + recipe.task + "\"", "task",
                     "lathe-run catalog lists them"};
    return recipe;
}

}  // namespace lathe
