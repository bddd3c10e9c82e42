// SPDX-License-Identifier: GPL-3.0-or-later
// A project: recipes that run one after another, each starting from what an earlier one made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/recipe.h"

namespace lathe {

struct ProjectStage {
    std::string name;  ///< names its run's folder, too
    Recipe recipe;     ///< with the stage's own settings; checked
};

struct Project {
    std::string name;
    std::filesystem::path runs;        ///< absolute; a stage's run is runs/NAME
    std::vector<ProjectStage> stages;  ///< in the order they run
};

struct ParsedProject {
    Project project;
    std::vector<RecipeFault>
        faults;  ///< of the file and of every stage's recipe; empty = the project can run
};

/// Reads a project and the recipes it names:
///     lathe: 1
///     project: NAME
///     stages:
///       - {name: STAGE, recipe: FILE, set: {key: value, …}}
/// `recipe` is found from the project's folder. `set` replaces values of the recipe; its keys use dots as on
/// the command line, and the value stage:NAME stands for the run of an earlier stage. Relative paths in `set`
/// are found from the working folder, the recipe's or the project's. The runs lie in `out`, or in `home`/NAME
/// when it is empty.
ParsedProject readProject(const std::filesystem::path& file, const std::filesystem::path& out,
                          const std::filesystem::path& home, const Catalog& catalog);

}  // namespace lathe
