// SPDX-License-Identifier: GPL-3.0-or-later
// How much more memory this process can take before the system refuses it or ends it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace lathe {

struct MemoryRoom {
    int64_t bytes = 0;      ///< free to take now; 0 where the system does not tell
    std::string limitedBy;  ///< "the machine", "the control group", "ulimit -v"
};

/// The least of: what the machine has free without swapping (MemAvailable of /proc/meminfo), what the limits
/// of the process's control groups leave (versions 1 and 2, caches not counted), and what its address space
/// may still grow by (RLIMIT_AS). `root` is where /proc and /sys lie, for tests.
MemoryRoom memoryRoom(const std::filesystem::path& root = "/");

}  // namespace lathe
