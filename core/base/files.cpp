// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/base/mapped_guard.h"
#include "core/base/unfinished.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// Closes the descriptor when the scope ends.
struct Descriptor {
    explicit Descriptor(int opened) : fd(opened) {}
    Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
    int fd = -1;
};

struct OpenFile {
    Descriptor descriptor;
    std::size_t size = 0;
};

/// A regular file.
Result<OpenFile> openToRead(const fs::path& path) {
    // Without O_NONBLOCK a named pipe would keep us waiting for its writer.
    OpenFile file{Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK))};
    if (file.descriptor.fd < 0) return systemError(errno, "cannot open", path);
    struct stat info {};
    if (::fstat(file.descriptor.fd, &info) != 0) return systemError(errno, "cannot look at", path);
    if (!S_ISREG(info.st_mode)) return Error{ErrorCode::FileUnreadable, "not a file", path.string(), ""};
    file.size = static_cast<std::size_t>(info.st_size);
    return file;
}

/// Fills `into` from the file's next bytes. A file that has become shorter meanwhile is an error.
Result<void> readAll(int fd, std::span<char> into, const fs::path& path) {
    while (!into.empty()) {
        const ssize_t got = ::read(fd, into.data(), into.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemError(errno, "cannot read", path);
        if (got == 0)
            return Error{ErrorCode::FileUnreadable, "the file became shorter while it was read",
                         path.string(), "write the file to its end first, then try again"};
        into = into.subspan(static_cast<std::size_t>(got));
    }
    return {};
}

Result<void> writeAll(int fd, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return systemError(errno, "cannot write", path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> syncPath(const fs::path& path, int flags) {
    const Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
    if (file.fd < 0) return systemError(errno, "cannot open", path);
    if (::fsync(file.fd) != 0) return systemError(errno, "cannot sync", path);
    return {};
}

fs::path parentOf(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Result<void> syncParent(const fs::path& path) {
    return syncPath(parentOf(path), O_RDONLY | O_DIRECTORY);
}

/// Every file below `root`, then the folders.
Result<void> syncTree(const fs::path& root) {
    std::error_code failure;
    std::vector<fs::path> folders{root};
    for (fs::recursive_directory_iterator it(root, failure), end; !failure && it != end;
         it.increment(failure)) {
        if (it->is_directory())
            folders.push_back(it->path());
        else
            LATHE_TRY_VOID(syncPath(it->path(), O_RDONLY));
    }
    if (failure) return systemError(failure.value(), "cannot list", root);
    for (const auto& folder : folders) LATHE_TRY_VOID(syncPath(folder, O_RDONLY | O_DIRECTORY));
    return {};
}

/// Puts `fresh` in the place of `old`, which may be absent. Gives where the old one is then, or an error with
/// the old one back in its place.
Result<fs::path> exchangeFolders(const fs::path& fresh, const fs::path& old) {
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, old.c_str(), RENAME_EXCHANGE) == 0) return fresh;
    // There is no old one, or the file system cannot exchange.
    const fs::path aside = unfinishedPath(old, Unfinished::Aside);
    std::error_code ignored;
    const bool replaces = fs::exists(old, ignored);
    if (replaces && ::rename(old.c_str(), aside.c_str()) != 0)
        return systemError(errno, "cannot rename", old);
    if (::rename(fresh.c_str(), old.c_str()) == 0) return aside;
    const Error error = systemError(errno, "cannot rename", old);
    if (replaces) ::rename(aside.c_str(), old.c_str());
    return error;
}

class Sha256 {
  public:
    Sha256() : m_context(EVP_MD_CTX_new()) { EVP_DigestInit_ex(m_context, EVP_sha256(), nullptr); }
    ~Sha256() { EVP_MD_CTX_free(m_context); }
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void add(const void* data, std::size_t size) { EVP_DigestUpdate(m_context, data, size); }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        EVP_DigestFinal_ex(m_context, digest.data(), &size);
        static constexpr char kDigits[] = "0123456789abcdef";
        std::string text;
        for (unsigned int i = 0; i < size; ++i) {
            text += kDigits[digest[i] >> 4];
            text += kDigits[digest[i] & 15];
        }
        return text;
    }

  private:
    EVP_MD_CTX* m_context;
};

}  // namespace

Error systemError(int errorNumber, const std::string& what, const fs::path& path) {
    Error error{ErrorCode::FileUnreadable, what + ": " + std::strerror(errorNumber), path.string(), ""};
    if (errorNumber == ENOENT) error.code = ErrorCode::FileMissing;
    if (errorNumber == ENOMEM) {
        error.code = ErrorCode::OutOfMemory;
        error.hint = "close other programs, or raise the limit of memory";
    }
    if (errorNumber == ENOSPC || errorNumber == EDQUOT) {
        error.code = ErrorCode::DiskFull;
        error.hint = "free some space, or choose another folder";
    } else if (errorNumber == EROFS || errorNumber == EIO) {
        error.code = ErrorCode::WriteFailed;
    }
    return error;
}

Result<MappedFile> MappedFile::open(const fs::path& path) {
    LATHE_TRY(const OpenFile file, openToRead(path));
    MappedFile mapped;
    mapped.m_path = path;
    mapped.m_size = file.size;
    if (mapped.m_size == 0) return mapped;
    void* data = ::mmap(nullptr, mapped.m_size, PROT_READ, MAP_PRIVATE, file.descriptor.fd, 0);
    if (data == MAP_FAILED) return systemError(errno, "cannot map", path);
    mapped.m_data = data;
    guardMapping(data, mapped.m_size);
    return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept {
    *this = std::move(other);
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(m_path, other.m_path);
    std::swap(m_data, other.m_data);
    std::swap(m_size, other.m_size);
    return *this;
}

MappedFile::~MappedFile() {
    if (!m_data) return;
    unguardMapping(m_data);
    ::munmap(const_cast<void*>(m_data), m_size);
}

void MappedFile::release(std::size_t begin, std::size_t end) const {
    static const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    begin = (begin + page - 1) / page * page;
    end = std::min(end, m_size) / page * page;
    if (begin >= end) return;
    // The mapping is never written to, so there is nothing to lose.
    ::madvise(const_cast<char*>(static_cast<const char*>(m_data)) + begin, end - begin, MADV_DONTNEED);
}

Result<std::span<const std::byte>> ByteReader::take(uint64_t count) {
    if (count > remaining())
        return Error{ErrorCode::FileMalformed,
                     "the file ends too early: " + std::to_string(count) + " bytes wanted at byte " +
                         std::to_string(m_position) + ", " + std::to_string(remaining()) + " left",
                     m_place, "fetch or copy the file again"};
    const auto part = m_bytes.subspan(m_position, count);
    m_position += count;
    return part;
}

Result<uint64_t> checkedMultiply(uint64_t a, uint64_t b, const std::string& place) {
    uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product))
        return Error{ErrorCode::FileMalformed, "a size in the file is impossibly large", place, ""};
    return product;
}

Result<uint64_t> checkedAdd(uint64_t a, uint64_t b, const std::string& place) {
    uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        return Error{ErrorCode::FileMalformed, "a size in the file is impossibly large", place, ""};
    return sum;
}

Result<std::string> readTextFile(const fs::path& path, uint64_t maxBytes) {
    LATHE_TRY(const OpenFile file, openToRead(path));
    if (file.size > maxBytes)
        return Error{ErrorCode::FileTooLarge,
                     "the file has " + std::to_string(file.size) + " bytes, more than the " +
                         std::to_string(maxBytes) + " allowed for its kind",
                     path.string(), ""};
    std::string text(file.size, '\0');
    LATHE_TRY_VOID(readAll(file.descriptor.fd, text, path));
    return text;
}

Result<void> writeFile(const fs::path& path, std::string_view bytes) {
    return writeFileParts(path, [&](const AppendBytes& append) { return append(bytes); });
}

Result<void> writeFileParts(const fs::path& path,
                            const std::function<Result<void>(const AppendBytes& append)>& content) {
    LATHE_TRY_VOID(checkFilePlace(path));
    removeUnfinished(parentOf(path));
    const fs::path temporary = unfinishedPath(path, Unfinished::File);
    auto write = [&]() -> Result<void> {
        const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (file.fd < 0) return systemError(errno, "cannot create", path);
        markWritten(file.fd);
        LATHE_TRY_VOID(content([&](std::string_view bytes) { return writeAll(file.fd, bytes, path); }));
        if (::fsync(file.fd) != 0) return systemError(errno, "cannot sync", path);
        if (::rename(temporary.c_str(), path.c_str()) != 0) return systemError(errno, "cannot rename", path);
        return syncParent(path);
    };
    auto result = write();
    if (!result.ok()) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
    }
    return result;
}

Result<void> publishFolder(const fs::path& temporary, const fs::path& final) {
    LATHE_TRY_VOID(syncTree(temporary));
    if (::rename(temporary.c_str(), final.c_str()) != 0) return systemError(errno, "cannot rename", final);
    return syncParent(final);
}

Result<void> replaceFolder(const fs::path& temporary, const fs::path& final) {
    LATHE_TRY_VOID(syncTree(temporary));
    LATHE_TRY(const fs::path old, exchangeFolders(temporary, final));
    LATHE_TRY_VOID(syncParent(final));
    std::error_code ignored;
    fs::remove_all(old, ignored);
    return {};
}

Result<void> makeFolder(const fs::path& path) {
    std::vector<fs::path> missing;
    std::error_code failure;
    for (fs::path at = path.has_filename() ? path : path.parent_path();
         !at.empty() && fs::status(at, failure).type() == fs::file_type::not_found; at = at.parent_path())
        missing.push_back(at);
    failure.clear();
    fs::create_directories(path, failure);
    if (failure) return systemError(failure.value(), "cannot create the folder", path);
    for (const fs::path& made : missing) LATHE_TRY_VOID(syncParent(made));
    return {};
}

Result<bool> makeNewFolder(const fs::path& path) {
    std::error_code failure;
    const bool made = fs::create_directory(path, failure);
    if (failure) return systemError(failure.value(), "cannot create the folder", path);
    if (made) LATHE_TRY_VOID(syncParent(path));
    return made;
}

Result<void> checkFreeSpace(const fs::path& folder, uint64_t bytes, const std::string& purpose) {
    struct statvfs info {};
    if (::statvfs(folder.c_str(), &info) != 0 || info.f_blocks == 0) return {};
    const uint64_t blocks = ::geteuid() == 0 ? info.f_bfree : info.f_bavail;
    uint64_t available = 0;
    if (__builtin_mul_overflow(blocks, uint64_t(info.f_frsize), &available) || available >= bytes) return {};
    return Error{
        ErrorCode::DiskFull,
        purpose + " needs " + sizeText(bytes) + ", and the disk has " + sizeText(available) + " free",
        folder.string(), "free some space, or choose another folder"};
}

std::string sizeText(uint64_t bytes) {
    static constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return std::to_string(bytes) + " bytes";
    std::size_t unit = 0;
    double size = double(bytes) / 1024;
    for (; size >= 1023.5 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), size < 9.95 ? "%.1f %s" : "%.0f %s", size, kUnits[unit]);
    return text.data();
}

Result<std::string> sha256OfFile(const fs::path& path) {
    // Read, not mapped: a mapped file would count as memory of ours while it is hashed.
    LATHE_TRY(const OpenFile file, openToRead(path));
    std::vector<char> part(std::size_t(1) << 20);
    Sha256 hash;
    for (std::size_t left = file.size; left > 0;) {
        const std::size_t size = std::min(left, part.size());
        LATHE_TRY_VOID(readAll(file.descriptor.fd, std::span(part).first(size), path));
        hash.add(part.data(), size);
        left -= size;
    }
    return hash.hex();
}

std::string sha256(std::string_view bytes) {
    Sha256 hash;
    hash.add(bytes.data(), bytes.size());
    return hash.hex();
}

fs::path dataHome() {
    if (const char* own = std::getenv("LATHE_HOME"); own && *own) return own;
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) return fs::path(data) / "lathe";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home ? home : ".") / ".local" / "share" / "lathe";
}

}  // namespace lathe
