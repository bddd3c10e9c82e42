// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recipe_arguments.h"

namespace lathe {

void addRecipeArguments(CLI::App* command, RecipeArguments& arguments, const std::string& outHelp) {
    command->add_option("recipe", arguments.file, "The recipe (YAML)")->required();
    command->add_option("override", arguments.overrides, "key=value, as in method.rank=4");
    command->add_option("--out", arguments.out, outHelp);
}

}  // namespace lathe
