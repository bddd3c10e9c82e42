// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/hash_cache.h"

#include <sys/stat.h>

#include <cerrno>
#include <ctime>

#include "core/base/files.h"
#include "core/base/json.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kCacheName = "hashes.json";
constexpr int64_t kLeastBytes = int64_t(1) << 20;
constexpr std::size_t kMostFiles = 1000;
constexpr std::size_t kHashLength = 64;
/// Two changes closer than a file system's clock is fine would have the same time.
constexpr int64_t kSettled = 2'000'000'000;  // nanoseconds

int64_t nanoseconds(const timespec& time) {
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// What tells that a file is still the same.
Result<Json> traceOf(const fs::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return systemError(errno, "cannot look at", file);
    return Json{{"device", uint64_t(info.st_dev)},
                {"inode", uint64_t(info.st_ino)},
                {"bytes", int64_t(info.st_size)},
                {"modified_ns", nanoseconds(info.st_mtim)},
                {"changed_ns", nanoseconds(info.st_ctim)}};
}

bool isSettled(const Json& trace) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const int64_t newest = std::max(trace["modified_ns"].get<int64_t>(), trace["changed_ns"].get<int64_t>());
    return nanoseconds(now) - newest > kSettled;
}

Json readCache() {
    const fs::path file = dataHome() / kCacheName;
    const auto text = readTextFile(file, kMaxConfigFile);
    if (!text.ok()) return Json::object();
    auto cache = parseJson(text.value(), file.string());
    return cache.ok() && cache.value().is_object() ? std::move(cache).value() : Json::object();
}

void keep(const std::string& name, Json entry) {
    Json cache = readCache();
    std::error_code ignored;
    if (cache.size() >= kMostFiles)
        for (auto it = cache.begin(); it != cache.end();)
            it = fs::exists(it.key(), ignored) ? std::next(it) : cache.erase(it);
    if (cache.size() >= kMostFiles) cache = Json::object();
    cache[name] = std::move(entry);
    if (makeFolder(dataHome()).ok()) (void)writeFile(dataHome() / kCacheName, dumpJson(cache, 1) + "\n").ok();
}

}  // namespace

Result<std::string> cachedSha256(const fs::path& file) {
    LATHE_TRY(const Json trace, traceOf(file));
    std::error_code failure;
    const fs::path whole = fs::canonical(file, failure);
    if (failure || trace["bytes"].get<int64_t>() < kLeastBytes || !isSettled(trace))
        return sha256OfFile(file);
    const Json cache = readCache();
    if (const auto known = cache.find(whole.string()); known != cache.end() && known->is_object()) {
        const auto hash = known->find("sha256");
        if (known->value("trace", Json()) == trace && hash != known->end() && hash->is_string() &&
            hash->get_ref<const std::string&>().size() == kHashLength)
            return hash->get<std::string>();
    }
    LATHE_TRY(std::string hash, sha256OfFile(file));
    LATHE_TRY(const Json after, traceOf(file));
    if (after == trace) keep(whole.string(), {{"trace", trace}, {"sha256", hash}});
    return hash;
}

}  // namespace lathe
