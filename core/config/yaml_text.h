// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of recipes and projects share: opening YAML, places in it, and naming the key that was
// meant.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/config/recipe.h"

namespace lathe {

constexpr std::size_t kMaxYamlBytes = std::size_t(1) << 20;

/// file:line:column, or the file alone for a node that was not read from it.
std::string yamlPlace(const std::string& file, const YAML::Mark& mark);

/// Reads `text` and hands its root to `read`. A fault when it is too large, is not YAML, or
/// holds a second document.
std::optional<RecipeFault> withYaml(const std::string& text, const std::string& file,
                                    const std::function<void(const YAML::Node& root)>& read);

/// "unknown key", with the nearest known one when it looks like a typo.
std::string unknownKeyText(const std::string& key, const std::vector<std::string>& known);

}  // namespace lathe
