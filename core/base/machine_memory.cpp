// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/machine_memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// "no limit" is written as a number near the largest; no machine has so much.
constexpr int64_t kNoLimit = int64_t(1) << 60;

/// The first number in the file; nothing for "max" or where there is no file.
std::optional<int64_t> numberIn(const fs::path& file) {
    std::ifstream in(file);
    int64_t value = 0;
    if (!(in >> value) || value < 0) return std::nullopt;
    return value;
}

/// The number behind `key` at the start of a line.
std::optional<int64_t> numberBehind(const fs::path& file, const std::string& key) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(key)) return std::strtoll(line.c_str() + key.size(), nullptr, 10);
    return std::nullopt;
}

struct Names {
    const char *limit, *usage, *cache;
};

/// What one control group leaves.
std::optional<int64_t> roomIn(const fs::path& group, const Names& names) {
    const auto limit = numberIn(group / names.limit);
    const auto usage = numberIn(group / names.usage);
    if (!limit || !usage || *limit >= kNoLimit) return std::nullopt;
    // The system drops files it has cached before it refuses memory.
    const int64_t cache = numberBehind(group / "memory.stat", names.cache).value_or(0);
    return std::max<int64_t>(0, *limit - std::max<int64_t>(0, *usage - cache));
}

/// The least that a group or one around it leaves. Inside a container the path may be the host's: then only
/// the mount itself is ours.
std::optional<int64_t> roomInTree(const fs::path& mount, const std::string& path, const Names& names) {
    std::optional<int64_t> least;
    const auto take = [&](const fs::path& group) {
        if (const auto room = roomIn(group, names); room && (!least || *room < *least)) least = room;
    };
    fs::path inside = fs::path(path).relative_path();
    for (; !inside.empty(); inside = inside.parent_path()) take(mount / inside);
    take(mount);
    return least;
}

std::optional<int64_t> groupRoom(const fs::path& root) {
    std::optional<int64_t> least;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {  // NUMBER:CONTROLLERS:PATH
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const std::string path = line.substr(second + 1);
        std::optional<int64_t> room;
        if (controllers == ",,")
            room =
                roomInTree(root / "sys/fs/cgroup", path, {"memory.max", "memory.current", "inactive_file "});
        else if (controllers.find(",memory,") != std::string::npos)
            room = roomInTree(root / "sys/fs/cgroup/memory", path,
                              {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file "});
        if (room && (!least || *room < *least)) least = room;
    }
    return least;
}

std::optional<int64_t> addressRoom(const fs::path& root) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    const auto used = numberBehind(root / "proc/self/status", "VmSize:");
    return std::max<int64_t>(0, static_cast<int64_t>(limit.rlim_cur) - used.value_or(0) * 1024);
}

}  // namespace

MemoryRoom memoryRoom(const fs::path& root) {
    MemoryRoom room;
    const auto take = [&](std::optional<int64_t> bytes, const char* by) {
        if (bytes && (room.limitedBy.empty() || *bytes < room.bytes)) room = {*bytes, by};
    };
    if (const auto available = numberBehind(root / "proc/meminfo", "MemAvailable:"))
        take(*available * 1024, "the machine");
    take(groupRoom(root), "the control group");
    take(addressRoom(root), "ulimit -v");
    return room;
}

}  // namespace lathe
