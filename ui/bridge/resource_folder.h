// SPDX-License-Identifier: GPL-3.0-or-later
// Where the starter recipes and data sets lie: beside an installed program, or in the source tree it was
// built from.
#pragma once

#include <filesystem>
#include <optional>

namespace lathe {

std::optional<std::filesystem::path> resourceFolder();

}  // namespace lathe
