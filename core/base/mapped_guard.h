// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a mapped file that shrinks, or cannot be read, while it is looked at. The system would end
// the process with SIGBUS. Instead the rest of the mapping becomes zeros, the reader goes on to its end, and
// then finds out here that what it read was not the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "core/base/result.h"

namespace lathe {

/// Guards [data, data + size), a mapping of whole pages, until unguardMapping(data). Any number at once, from
/// any thread. SIGBUS anywhere else goes to whoever handled it before the first mapping.
void guardMapping(const void* data, std::size_t size);
void unguardMapping(const void* data);

/// FileUnreadable at `path` when a part of the guarded mapping in which `bytes` lie was lost, now or before;
/// also for bytes that lie in none.
Result<void> checkMapping(std::span<const std::byte> bytes, const std::filesystem::path& path);

}  // namespace lathe
