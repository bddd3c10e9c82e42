// SPDX-License-Identifier: GPL-3.0-or-later
// One file or one folder out of a zip package, with no way out of the target and no bomb.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace lathe {

/// Writes the package's entry `member` to the file `target`, or all entries below the folder `member` into
/// the folder `target`. FileMalformed for names that lead out of it, links, wrong checksums and impossible
/// sizes; FileMissing when the package has no such member.
Result<void> unpackMember(const std::filesystem::path& package, const std::string& member,
                          const std::filesystem::path& target);

}  // namespace lathe
