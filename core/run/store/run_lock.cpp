// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "core/base/files.h"
#include "core/base/unfinished.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kName = "lock";
constexpr int kMostRuns = 64;  ///< that stand on one another
/// Asking whether a run is owned takes the lock for a moment: a writer waits that long.
constexpr std::chrono::milliseconds kPatience{400}, kPause{20};

enum class Taken { Yes, No, Unsupported };

Result<Taken> take(int descriptor, int kind, const fs::path& file) {
    while (::flock(descriptor, kind | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) return Taken::No;
        if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
            return Taken::Unsupported;
        return systemError(errno, "cannot lock", file);
    }
    return Taken::Yes;
}

/// The lock file; errno names the reason when it is below 0.
int openLock(const fs::path& file, int flags) {
    return ::open(file.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

/// Whether the descriptor is the file of that name still: a discarded run's folder may have gone.
bool isCurrent(int descriptor, const fs::path& file) {
    struct stat held {
    }, named{};
    return ::fstat(descriptor, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

/// "process 4711", from what the owner has written.
std::string ownerText(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t length = ::pread(descriptor, text.data(), text.size() - 1, 0);
    std::string number;
    for (ssize_t i = 0; i < length && text[std::size_t(i)] >= '0' && text[std::size_t(i)] <= '9'; ++i)
        number += text[std::size_t(i)];
    return number.empty() ? "another process" : "process " + number;
}

Error trained(int descriptor, const fs::path& run) {
    if (!isRunFolder(run))
        return {ErrorCode::BadArgument, "this folder is being written by " + ownerText(descriptor),
                run.string(), "wait until it has ended, or name another folder"};
    return {ErrorCode::BadArgument, "this run is being trained by " + ownerText(descriptor), run.string(),
            "wait until it has ended, or stop it; it keeps a checkpoint"};
}

/// The file holds what writeOwner has written, or nothing: no file of the user's.
bool isOurs(int descriptor) {
    std::array<char, 32> text{};
    const ssize_t length = ::pread(descriptor, text.data(), text.size(), 0);
    return length >= 0 && std::size_t(length) < text.size() &&
           std::string_view(text.data(), std::size_t(length)).find_first_not_of("0123456789\n") ==
               std::string_view::npos;
}

Result<void> writeOwner(int descriptor, const fs::path& file) {
    if (!isOurs(descriptor))
        return Error{ErrorCode::BadArgument, "this file is not the lock of a run", file.string(),
                     "name another folder"};
    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor, 0) != 0 ||
        ::pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return systemError(errno, "cannot write", file);
    return {};
}

/// The run folder that the path is, or is the result of (RUN/model, RUN/adapter/1); empty when it is none.
fs::path runAround(fs::path path) {
    for (int level = 0; level < 3 && !path.empty(); ++level, path = path.parent_path())
        if (isRunFolder(path)) return path;
    return {};
}

}  // namespace

RunLock::RunLock(RunLock&& other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {
}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
    std::swap(m_descriptor, other.m_descriptor);
    return *this;
}

RunLock::~RunLock() {
    if (m_descriptor >= 0) ::close(m_descriptor);
}

Result<RunLock> RunLock::own(const fs::path& run) {
    const fs::path file = run / kName;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (true) {
        RunLock lock;
        lock.m_descriptor = openLock(file, O_RDWR | O_CREAT);
        if (!lock.holds()) return systemError(errno, "cannot open", file);
        LATHE_TRY(const Taken taken, take(lock.m_descriptor, LOCK_EX, file));
        if (taken == Taken::Unsupported) return RunLock();
        if (taken == Taken::Yes && isCurrent(lock.m_descriptor, file)) {
            LATHE_TRY_VOID(writeOwner(lock.m_descriptor, file));
            // No other process writes in the folder now.
            removeUnfinished(run, Writers::All);
            removeUnfinished(run / "checkpoints", Writers::All);
            return lock;
        }
        if (std::chrono::steady_clock::now() > deadline) {
            LATHE_TRY(const Taken shared, take(lock.m_descriptor, LOCK_SH, file));
            if (shared == Taken::No) return trained(lock.m_descriptor, run);
            return Error{ErrorCode::BadArgument, "another process is reading this run", run.string(),
                         "wait until its evaluation or export has ended"};
        }
        std::this_thread::sleep_for(kPause);
    }
}

Result<RunLock> RunLock::share(const fs::path& run) {
    const fs::path file = run / kName;
    RunLock lock;
    lock.m_descriptor = openLock(file, O_RDONLY | O_CREAT);
    if (!lock.holds()) lock.m_descriptor = openLock(file, O_RDONLY);  // a folder that is not ours to write
    if (!lock.holds() && (errno == ENOENT || errno == EROFS || errno == EACCES)) return lock;
    if (!lock.holds()) return systemError(errno, "cannot open", file);
    LATHE_TRY(const Taken taken, take(lock.m_descriptor, LOCK_SH, file));
    if (taken == Taken::No) return trained(lock.m_descriptor, run);
    return taken == Taken::Yes ? std::move(lock) : RunLock();
}

std::optional<bool> RunLock::isOwned(const fs::path& run) {
    const fs::path file = run / kName;
    RunLock lock;
    lock.m_descriptor = openLock(file, O_RDONLY);
    if (!lock.holds()) return errno == ENOENT ? std::optional(false) : std::nullopt;
    const auto taken = take(lock.m_descriptor, LOCK_SH, file);
    if (!taken.ok() || taken.value() == Taken::Unsupported) return {};
    return taken.value() == Taken::No;
}

Result<void> shareRuns(const fs::path& target, std::vector<RunLock>& locks) {
    fs::path run = runAround(target);
    for (int depth = 0; depth < kMostRuns && !run.empty(); ++depth) {
        LATHE_TRY(RunLock lock, RunLock::share(run));
        locks.push_back(std::move(lock));
        const auto record = readRunRecord(run);
        run = record.ok() ? runAround(record.value().base) : fs::path();
    }
    return {};
}

}  // namespace lathe
