// SPDX-License-Identifier: GPL-3.0-or-later
// Where the starter recipes, data sets and new bases lie: beside an installed program, or in the source tree
// it was built from.
#pragma once

#include <filesystem>
#include <optional>

namespace lathe {

/// Nothing when the program was moved away from its files.
std::optional<std::filesystem::path> resourceFolder();

}  // namespace lathe
