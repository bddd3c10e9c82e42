// SPDX-License-Identifier: GPL-3.0-or-later
// Recipes as YAML: reading with every fault placed at its line and column, and writing back complete.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/recipe.h"

namespace lathe {

struct ParsedRecipe {
    Recipe recipe;
    std::vector<RecipeFault> faults;  ///< empty = the recipe can run
};

/// Where the faults of overrides are.
constexpr const char* kCommandLine = "command line";

/// Parses and checks `text`. `overrides` are "train.max_steps=20" forms from the command line; their faults
/// are placed at kCommandLine. Relative data and base paths stay as written.
ParsedRecipe parseRecipe(const std::string& text, const std::string& fileName,
                         const std::vector<std::string>& overrides, const Catalog& catalog);

/// As parseRecipe, from a file, with anchorPaths to the recipe's folder.
ParsedRecipe readRecipe(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                        const Catalog& catalog);

/// The recipe that a run folder keeps. One of a run that was made before the split had a seed of its own is
/// completed by how that run was split: by train.seed, regardless of labels.
ParsedRecipe readRunRecipe(const std::filesystem::path& run, const Catalog& catalog);

/// Makes the recipe's relative paths absolute that exist from the working folder, else from `folder`: a run
/// can be resumed from anywhere.
void anchorPaths(Recipe& recipe, const std::filesystem::path& folder);

/// The recipe with every value written out; parseRecipe gives the same recipe back.
std::string recipeToYaml(const Recipe& recipe);

}  // namespace lathe
