// SPDX-License-Identifier: GPL-3.0-or-later
// The recipe of the commands that train: its file, what the command line changes in it, and where to.
#pragma once

#include "app/commands.h"

namespace lathe {

struct RecipeArguments {
    std::string file;
    std::vector<std::string> overrides;
    std::string out;
};

void addRecipeArguments(CLI::App* command, RecipeArguments& arguments, const std::string& outHelp);

}  // namespace lathe
