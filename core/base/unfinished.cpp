// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/unfinished.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <optional>
#include <vector>

#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> kMarks{".tmp-", ".partial-", ".old-"};  ///< by Unfinished

/// What a temporary name says. Names of before have one or two numbers, without a start.
struct Named {
    std::string final;
    Unfinished kind;
    uint64_t process = 0, start = 0;
    bool hasStart = false;
};

/// The numbers of "12-345-6"; nothing for any other text.
std::optional<std::vector<uint64_t>> numbersOf(std::string_view text) {
    std::vector<uint64_t> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        uint64_t number = 0;
        const auto [next, failure] = std::from_chars(at, end, number);
        if (failure != std::errc()) return {};
        numbers.push_back(number);
        if (next == end) return numbers;
        if (*next != '-') return {};
        at = next + 1;
    }
}

std::optional<Named> named(const std::string& name) {
    for (std::size_t kind = 0; kind < kMarks.size(); ++kind) {
        const std::size_t at = name.rfind(kMarks[kind]);
        if (at == std::string::npos || at == 0) continue;
        const auto numbers = numbersOf(std::string_view(name).substr(at + kMarks[kind].size()));
        if (!numbers || numbers->size() > 3) continue;
        const bool hasStart = numbers->size() == 3;
        return Named{name.substr(0, at), Unfinished(kind), numbers->front(), hasStart ? (*numbers)[1] : 0,
                     hasStart};
    }
    return {};
}

/// Field 22 of /proc/PID/stat (proc(5)): clock ticks after the system's start; nothing when it is not known.
std::optional<uint64_t> startOf(const std::string& process) {
    const int descriptor = ::open(("/proc/" + process + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return {};
    std::array<char, 2048> bytes{};
    const ssize_t length = ::read(descriptor, bytes.data(), bytes.size());
    ::close(descriptor);
    const std::string_view text(bytes.data(), length > 0 ? std::size_t(length) : 0);
    std::size_t at = text.rfind(')');  // the program's name may hold blanks and brackets
    for (int field = 2; field < 22 && at != std::string_view::npos; ++field) at = text.find(' ', at + 1);
    uint64_t start = 0;
    if (at == std::string_view::npos ||
        std::from_chars(text.data() + at + 1, text.data() + text.size(), start).ec != std::errc())
        return {};
    return start;
}

/// Not kept: a process that forks has another number.
std::string ownNumbers() {
    return std::to_string(::getpid()) + "-" + std::to_string(startOf("self").value_or(0));
}

/// Somebody holds the mark of markWritten on it, or that cannot be known.
bool isMarked(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) return errno != ENOENT && errno != ELOOP;
    const bool marked = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(descriptor);
    return marked;
}

/// The process of the name runs: not another one that was given its number.
bool processRuns(const Named& of) {
    if (of.process == 0 || of.process > INT_MAX) return false;
    if (::kill(pid_t(of.process), 0) != 0 && errno == ESRCH) return false;
    const auto start = startOf(std::to_string(of.process));
    return !start || *start == of.start;
}

}  // namespace

fs::path unfinishedPath(const fs::path& final, Unfinished kind) {
    static std::atomic<unsigned> counter{0};
    return final.string() + std::string(kMarks[std::size_t(kind)]) + ownNumbers() + "-" +
           std::to_string(counter++);
}

void markWritten(int descriptor) {
    (void)::flock(descriptor, LOCK_SH | LOCK_NB);
}

bool isUnfinishedName(const std::string& name) {
    return named(name).has_value();
}

void removeUnfinished(const fs::path& folder, Writers writers) {
    std::vector<std::pair<fs::path, Named>> found;
    std::error_code failure, ignored;
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure))
        if (const auto name = named(it->path().filename().string())) found.emplace_back(it->path(), *name);
    for (const auto& [path, name] : found) {
        // Where others may write only names that nobody else gives are removed.
        if (writers == Writers::Dead && (!name.hasStart || processRuns(name) || isMarked(path))) continue;
        const fs::path final = folder / name.final;
        if (name.kind == Unfinished::Aside && !fs::exists(final, ignored)) fs::rename(path, final, ignored);
        fs::remove_all(path, ignored);
    }
}

Result<void> checkFilePlace(const fs::path& file) {
    const auto refused = [&](const char* what) {
        return Error{ErrorCode::BadArgument, std::string("this is ") + what + ", not a file", file.string(),
                     "name a file to be made"};
    };
    struct stat info {};
    std::error_code ignored;
    // What /dev/stdout and the like lead to may be a file, but the name is not to be replaced by one.
    const std::string place = fs::absolute(file, ignored).lexically_normal().string();
    if (place.starts_with("/dev/") && !place.starts_with("/dev/shm/")) return refused("a device");
    if (::stat(file.c_str(), &info) != 0 || S_ISREG(info.st_mode)) return {};
    return refused(S_ISDIR(info.st_mode)    ? "a folder"
                   : S_ISFIFO(info.st_mode) ? "a named pipe"
                   : S_ISSOCK(info.st_mode) ? "a socket"
                                            : "a device");
}

}  // namespace lathe
