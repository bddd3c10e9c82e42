// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded before the C library (LD_PRELOAD): counts the calls on files below a folder, and at a given one ends
// the process or lets the call fail. Set by the environment:
//   LATHE_FAULT_FOLDER  the folder; nothing else is counted
//   LATHE_FAULT_AT      the number of the call, from 1; 0 only counts
//   LATHE_FAULT_KIND    kill; eio (that one call fails); enospc, erofs (all that write, from it on);
//                       short (half of the write, then no space); emfile (all that open, from it on)
//   LATHE_FAULT_COUNT   a file that gets the count at the end
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

enum class Does { Open, Create, Change, Write };  ///< of a call: opens, makes, renames or removes, writes

struct Plan {
    std::string folder, kind, count;
    long at = 0;
    Plan() {
        const auto text = [](const char* name) {
            const char* value = std::getenv(name);
            return std::string(value ? value : "");
        };
        folder = text("LATHE_FAULT_FOLDER");
        kind = text("LATHE_FAULT_KIND");
        count = text("LATHE_FAULT_COUNT");
        at = std::atol(text("LATHE_FAULT_AT").c_str());
    }
};

Plan& plan() {
    static Plan* const read = new Plan;  // calls come after the destructors, too
    return *read;
}

std::atomic<long> g_calls{0};

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool isBelow(const std::string& path) {
    const std::string& folder = plan().folder;
    return !folder.empty() && path.compare(0, folder.size(), folder) == 0;
}

std::string pathOf(int descriptor) {
    char path[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

bool concerns(int folder, const char* path) {
    if (!path) return false;
    if (*path == '/') return isBelow(path);
    if (folder == AT_FDCWD) {
        char here[PATH_MAX];
        return ::getcwd(here, sizeof here) && isBelow(std::string(here) + "/" + path);
    }
    return isBelow(pathOf(folder) + "/" + path);
}

/// Counts a call; errno for one that is to fail, -1 for one that writes half, 0 for all others.
int fault(Does does) {
    const Plan& now = plan();
    const long call = ++g_calls;
    if (now.at == 0 || call < now.at) return 0;
    const bool here = call == now.at;
    if (now.kind == "kill" && here) {
        ::kill(::getpid(), SIGKILL);
        while (true) ::pause();
    }
    if (now.kind == "eio") return here ? EIO : 0;
    if (now.kind == "emfile") return does == Does::Open || does == Does::Create ? EMFILE : 0;
    if (does == Does::Open || does == Does::Change) return 0;
    if (now.kind == "erofs") return EROFS;
    if (now.kind == "enospc") return ENOSPC;
    if (now.kind == "short") return here && does == Does::Write ? -1 : ENOSPC;
    return 0;
}

/// Sets errno and says so where the call is to fail.
bool fails(Does does) {
    const int number = fault(does);
    if (number == 0) return false;
    errno = number > 0 ? number : ENOSPC;
    return true;
}

Does openingOf(int flags) {
    return flags & O_CREAT ? Does::Create : Does::Open;
}

mode_t modeOf(int flags, va_list& rest) {
    return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(rest, int)) : 0;
}

struct WriteCount {
    ~WriteCount() {
        if (plan().count.empty()) return;
        const std::string text = std::to_string(g_calls.load());
        const int file = next<int(const char*, int, ...)>("open")(plan().count.c_str(),
                                                                  O_WRONLY | O_CREAT | O_TRUNC, 0644);
        [[maybe_unused]] const ssize_t written =
            next<ssize_t(int, const void*, std::size_t)>("write")(file, text.data(), text.size());
    }
} g_writeCount;

}  // namespace

#define LATHE_OPEN(name)                                                    \
    extern "C" int name(const char* path, int flags, ...) {                 \
        va_list rest;                                                       \
        va_start(rest, flags);                                              \
        const mode_t mode = modeOf(flags, rest);                            \
        va_end(rest);                                                       \
        if (concerns(AT_FDCWD, path) && fails(openingOf(flags))) return -1; \
        return next<int(const char*, int, ...)>(#name)(path, flags, mode);  \
    }
LATHE_OPEN(open)
LATHE_OPEN(open64)

#define LATHE_OPENAT(name)                                                              \
    extern "C" int name(int folder, const char* path, int flags, ...) {                 \
        va_list rest;                                                                   \
        va_start(rest, flags);                                                          \
        const mode_t mode = modeOf(flags, rest);                                        \
        va_end(rest);                                                                   \
        if (concerns(folder, path) && fails(openingOf(flags))) return -1;               \
        return next<int(int, const char*, int, ...)>(#name)(folder, path, flags, mode); \
    }
LATHE_OPENAT(openat)
LATHE_OPENAT(openat64)

#define LATHE_FOPEN(name)                                                                                \
    extern "C" FILE* name(const char* path, const char* mode) {                                          \
        if (concerns(AT_FDCWD, path) && fails(*mode == 'r' ? Does::Open : Does::Create)) return nullptr; \
        return next<FILE*(const char*, const char*)>(#name)(path, mode);                                 \
    }
LATHE_FOPEN(fopen)
LATHE_FOPEN(fopen64)

extern "C" DIR* opendir(const char* path) {
    if (concerns(AT_FDCWD, path) && fails(Does::Open)) return nullptr;
    return next<DIR*(const char*)>("opendir")(path);
}

extern "C" int mkdir(const char* path, mode_t mode) noexcept {
    if (concerns(AT_FDCWD, path) && fails(Does::Create)) return -1;
    return next<int(const char*, mode_t)>("mkdir")(path, mode);
}

extern "C" int rename(const char* from, const char* to) noexcept {
    if (concerns(AT_FDCWD, to) && fails(Does::Change)) return -1;
    return next<int(const char*, const char*)>("rename")(from, to);
}

extern "C" int renameat2(int fromFolder, const char* from, int toFolder, const char* to,
                         unsigned int flags) noexcept {
    if (concerns(toFolder, to) && fails(Does::Change)) return -1;
    return next<int(int, const char*, int, const char*, unsigned int)>("renameat2")(fromFolder, from,
                                                                                    toFolder, to, flags);
}

extern "C" int unlink(const char* path) noexcept {
    if (concerns(AT_FDCWD, path) && fails(Does::Change)) return -1;
    return next<int(const char*)>("unlink")(path);
}

extern "C" int remove(const char* path) noexcept {
    if (concerns(AT_FDCWD, path) && fails(Does::Change)) return -1;
    return next<int(const char*)>("remove")(path);
}

extern "C" int rmdir(const char* path) noexcept {
    if (concerns(AT_FDCWD, path) && fails(Does::Change)) return -1;
    return next<int(const char*)>("rmdir")(path);
}

extern "C" int unlinkat(int folder, const char* path, int flags) noexcept {
    if (concerns(folder, path) && fails(Does::Change)) return -1;
    return next<int(int, const char*, int)>("unlinkat")(folder, path, flags);
}

extern "C" int fsync(int descriptor) {
    if (isBelow(pathOf(descriptor)) && fails(Does::Write)) return -1;
    return next<int(int)>("fsync")(descriptor);
}

extern "C" int fdatasync(int descriptor) {
    if (isBelow(pathOf(descriptor)) && fails(Does::Write)) return -1;
    return next<int(int)>("fdatasync")(descriptor);
}

extern "C" int ftruncate(int descriptor, off_t length) noexcept {
    if (isBelow(pathOf(descriptor)) && fails(Does::Write)) return -1;
    return next<int(int, off_t)>("ftruncate")(descriptor, length);
}

extern "C" int flock(int descriptor, int operation) noexcept {
    if (isBelow(pathOf(descriptor)) && fails(Does::Open)) return -1;
    return next<int(int, int)>("flock")(descriptor, operation);
}

extern "C" ssize_t write(int descriptor, const void* data, std::size_t size) {
    const auto real = next<ssize_t(int, const void*, std::size_t)>("write");
    const int number = isBelow(pathOf(descriptor)) ? fault(Does::Write) : 0;
    if (number == 0) return real(descriptor, data, size);
    if (number < 0) return real(descriptor, data, (size + 1) / 2);
    errno = number;
    return -1;
}

extern "C" ssize_t pwrite(int descriptor, const void* data, std::size_t size, off_t at) {
    if (isBelow(pathOf(descriptor)) && fails(Does::Write)) return -1;
    return next<ssize_t(int, const void*, std::size_t, off_t)>("pwrite")(descriptor, data, size, at);
}

extern "C" std::size_t fwrite(const void* data, std::size_t size, std::size_t count, FILE* file) {
    const auto real = next<std::size_t(const void*, std::size_t, std::size_t, FILE*)>("fwrite");
    const int number = isBelow(pathOf(::fileno(file))) ? fault(Does::Write) : 0;
    if (number == 0) return real(data, size, count, file);
    if (number < 0) return real(data, size, count / 2, file);
    errno = number;
    return 0;
}

extern "C" int fflush(FILE* file) {
    if (file && isBelow(pathOf(::fileno(file))) && fails(Does::Write)) return EOF;
    return next<int(FILE*)>("fflush")(file);
}
