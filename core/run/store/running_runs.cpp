// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/running_runs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMaxNote = 64 << 10;
constexpr int kMostAttempts = 5;

/// Whether no process holds the file; it is removed then.
bool isLeftOver(const fs::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return true;
    const bool free = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (free) ::unlink(file.c_str());
    ::close(descriptor);
    return free;
}

}  // namespace

RunningRun::RunningRun(const fs::path& run) : m_folder(dataHome() / "running") {
    std::error_code ignored;
    fs::create_directories(m_folder, ignored);
    static int count = 0;
    m_file = m_folder / (std::to_string(::getpid()) + "-" + std::to_string(++count));
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
        m_descriptor = ::open(m_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (m_descriptor < 0) return;
        struct stat held {};
        if (::flock(m_descriptor, LOCK_EX) == 0 && ::fstat(m_descriptor, &held) == 0 && held.st_nlink > 0)
            break;  // else another process took the new file for a left one
        ::close(std::exchange(m_descriptor, -1));
    }
    if (m_descriptor < 0) return;
    const std::string text = fs::absolute(run, ignored).lexically_normal().string();
    if (::write(m_descriptor, text.data(), text.size()) != ssize_t(text.size())) ::unlink(m_file.c_str());
}

RunningRun::~RunningRun() {
    if (m_descriptor < 0) return;
    ::unlink(m_file.c_str());
    ::close(m_descriptor);
}

std::vector<std::string> RunningRun::newOthers() {
    std::vector<std::string> runs;
    std::error_code failure;
    const auto changed = fs::last_write_time(m_folder, failure);
    if (failure || changed == m_seen) return runs;
    m_seen = changed;
    const std::string own = std::to_string(::getpid()) + "-";
    for (fs::directory_iterator it(m_folder, failure), end; !failure && it != end; it.increment(failure)) {
        const std::string name = it->path().filename().string();
        if (name.starts_with(own) || std::find(m_named.begin(), m_named.end(), name) != m_named.end())
            continue;
        if (isLeftOver(it->path())) continue;
        const auto run = readTextFile(it->path(), kMaxNote);
        // Still empty: it is just being written, and the folder is looked at again.
        if (!run.ok() || run.value().empty()) {
            m_seen = {};
            continue;
        }
        m_named.push_back(name);
        runs.push_back(run.value());
    }
    return runs;
}

}  // namespace lathe
