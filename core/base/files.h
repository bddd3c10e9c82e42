// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing files safely: mapped files, bounded readers, and writes that are whole or absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

/// A file mapped read-only for as long as the object lives.
class MappedFile {
  public:
    static Result<MappedFile> open(const std::filesystem::path& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(m_data), m_size}; }
    std::string_view text() const { return {static_cast<const char*>(m_data), m_size}; }
    const std::filesystem::path& path() const { return m_path; }
    /// Bytes [begin, end) are not needed soon: the whole pages among them leave our memory. They can be read
    /// again.
    void release(std::size_t begin, std::size_t end) const;

  private:
    MappedFile() = default;
    std::filesystem::path m_path;
    const void* m_data = nullptr;
    std::size_t m_size = 0;
};

/// Walks over bytes of a stranger and never past their end. Little-endian.
class ByteReader {
  public:
    ByteReader(std::span<const std::byte> bytes, std::string place)
        : m_bytes(bytes), m_place(std::move(place)) {}

    uint64_t position() const { return m_position; }
    uint64_t remaining() const { return m_bytes.size() - m_position; }
    const std::string& place() const { return m_place; }

    template <class T>
    Result<T> read() {
        static_assert(std::is_trivially_copyable_v<T>);
        LATHE_TRY(auto raw, take(sizeof(T)));
        T value;
        std::memcpy(&value, raw.data(), sizeof(T));
        return value;
    }
    /// The next `count` bytes, or FileMalformed when fewer are left.
    Result<std::span<const std::byte>> take(uint64_t count);

  private:
    std::span<const std::byte> m_bytes;
    std::string m_place;
    uint64_t m_position = 0;
};

/// a * b and a + b, or FileMalformed at `place` on overflow.
Result<uint64_t> checkedMultiply(uint64_t a, uint64_t b, const std::string& place);
Result<uint64_t> checkedAdd(uint64_t a, uint64_t b, const std::string& place);

constexpr uint64_t kMaxTextFile = uint64_t(256) << 20;

/// The whole file as text; FileTooLarge above `maxBytes`.
Result<std::string> readTextFile(const std::filesystem::path& path, uint64_t maxBytes = kMaxTextFile);
/// Bytes of a file of settings, such as config.json.
constexpr uint64_t kMaxConfigFile = uint64_t(4) << 20;

/// Writes under a temporary name, syncs, renames: the file is old or new, never half. DiskFull / WriteFailed;
/// BadArgument where a device, a pipe or a folder is in the place.
Result<void> writeFile(const std::filesystem::path& path, std::string_view bytes);
using AppendBytes = std::function<Result<void>(std::string_view bytes)>;
/// The same for content that is made piece by piece: `content` passes each to its argument.
Result<void> writeFileParts(const std::filesystem::path& path,
                            const std::function<Result<void>(const AppendBytes& append)>& content);

/// Syncs every file of `temporary` and the folder, then renames it to `final`: complete or absent. Nothing
/// but an empty folder may be there already.
Result<void> publishFolder(const std::filesystem::path& temporary, const std::filesystem::path& final);
/// The same where `final` may be there already. The old one is removed once the new one is in its place;
/// after an error one of the two is there.
Result<void> replaceFolder(const std::filesystem::path& temporary, const std::filesystem::path& final);

/// Makes the folder and those above it that are missing; each is synced into its parent.
Result<void> makeFolder(const std::filesystem::path& path);
/// Makes one folder, synced into its parent; false when there is something of that name already.
Result<bool> makeNewFolder(const std::filesystem::path& path);

/// DiskFull when the file system of `folder` has less than `bytes` free for this user; the message says what
/// `purpose` ("a checkpoint") needs and what there is. A file system that does not say counts as large
/// enough.
Result<void> checkFreeSpace(const std::filesystem::path& folder, uint64_t bytes, const std::string& purpose);
/// "1.5 GiB", "20 MiB", "300 bytes"
std::string sizeText(uint64_t bytes);

/// The error for errno after a failed system call on `path`.
Error systemError(int errorNumber, const std::string& what, const std::filesystem::path& path);

/// Lower-case hex SHA-256 of a file's content, which is read in small pieces.
Result<std::string> sha256OfFile(const std::filesystem::path& path);
std::string sha256(std::string_view bytes);

/// ${LATHE_HOME:-${XDG_DATA_HOME:-~/.local/share}/lathe}
std::filesystem::path dataHome();

}  // namespace lathe
