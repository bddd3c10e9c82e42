// SPDX-License-Identifier: GPL-3.0-or-later
// Hashes of large files, kept in the data home so that a base is not read whole at every start.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace lathe {

/// Lower-case hex SHA-256 of the file. Of one of a MiB or more it is kept in `hashes.json` of the data home
/// and taken from there while the file's path, device, inode, size and both times are the same. What was
/// written within the last two seconds is always read. Errors as sha256OfFile; a cache that cannot be read or
/// written is done without.
Result<std::string> cachedSha256(const std::filesystem::path& file);

}  // namespace lathe
