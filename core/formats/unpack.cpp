// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/unpack.h"

#include <sys/stat.h>
#include <zip.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <vector>

#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr zip_int64_t kMaxEntries = 100'000;
constexpr uint64_t kMaxTotal = uint64_t(64) << 30;
constexpr uint64_t kMaxRatio = 100;                 // unpacked to packed
constexpr uint64_t kSmallFile = uint64_t(1) << 20;  // too small to be a bomb, whatever its ratio
constexpr std::size_t kChunk = std::size_t(1) << 20;

struct CloseArchive {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseEntry {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using Archive = std::unique_ptr<zip_t, CloseArchive>;

Error malformed(std::string message, const std::string& place) {
    return {ErrorCode::FileMalformed, std::move(message), place, "fetch the package again"};
}

Result<Archive> openArchive(const fs::path& package) {
    int code = 0;
    Archive archive(zip_open(package.c_str(), ZIP_RDONLY, &code));
    if (archive) return archive;
    if (code == ZIP_ER_NOENT || code == ZIP_ER_OPEN || code == ZIP_ER_READ)
        return systemError(errno, "cannot open", package);
    return malformed("not a readable zip package", package.string());
}

/// A path that stays below the folder it is put into.
bool isSafeRelative(const std::string& name) {
    if (name.empty() || name.front() == '/' || name.find_first_of("\\:") != std::string::npos) return false;
    for (const fs::path& part : fs::path(name))
        if (part == ".." || part == "." || part.empty()) return false;
    return true;
}

bool isLink(zip_t* archive, zip_uint64_t index) {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return false;
    return system == ZIP_OPSYS_UNIX && S_ISLNK(attributes >> 16);
}

Result<void> writeEntry(zip_t* archive, const zip_stat_t& entry, const fs::path& target,
                        const std::string& place) {
    LATHE_TRY_VOID(makeFolder(target.parent_path()));
    const std::unique_ptr<zip_file_t, CloseEntry> in(zip_fopen_index(archive, entry.index, 0));
    if (!in) return malformed("the entry cannot be read", place);
    std::unique_ptr<std::FILE, CloseFile> out(std::fopen(target.c_str(), "wxb"));
    if (!out) return systemError(errno, "cannot create", target);
    std::vector<char> chunk(kChunk);
    uint64_t written = 0;
    while (true) {
        const zip_int64_t count = zip_fread(in.get(), chunk.data(), chunk.size());
        if (count < 0) return malformed("the entry is damaged", place);
        if (count == 0) break;
        written += static_cast<uint64_t>(count);
        if (written > entry.size) break;
        if (std::fwrite(chunk.data(), 1, static_cast<std::size_t>(count), out.get()) !=
            static_cast<std::size_t>(count))
            return systemError(errno, "cannot write", target);
    }
    if (written != entry.size) return malformed("the entry has another size than the package says", place);
    if (std::fclose(out.release()) != 0) return systemError(errno, "cannot write", target);
    return {};
}

Result<void> checkSizes(const zip_stat_t& entry, uint64_t& total, const std::string& place) {
    constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_INDEX | ZIP_STAT_NAME;
    if ((entry.valid & kNeeded) != kNeeded) return malformed("the entry has no size", place);
    LATHE_TRY(total, checkedAdd(total, entry.size, place));
    if (total > kMaxTotal || (entry.size > kSmallFile && entry.size / kMaxRatio > entry.comp_size))
        return malformed("the entry unpacks to more than is plausible", place);
    return {};
}

}  // namespace

Result<void> unpackMember(const fs::path& package, const std::string& member, const fs::path& target) {
    LATHE_TRY(const Archive archive, openArchive(package));
    const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
    if (count > kMaxEntries) return malformed("too many entries", package.string());
    const std::string folder = member + "/";
    uint64_t total = 0;
    bool found = false;
    for (zip_int64_t i = 0; i < count; ++i) {
        zip_stat_t entry;
        if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &entry) != 0)
            return malformed("the list of entries is damaged", package.string());
        const std::string name = entry.valid & ZIP_STAT_NAME ? entry.name : "";
        const bool isFolderEntry = name.ends_with('/');
        if ((name != member && !name.starts_with(folder)) || isFolderEntry) continue;
        const std::string place = package.string() + ": " + name;
        const std::string relative = name == member ? "" : name.substr(folder.size());
        if (isLink(archive.get(), entry.index) || (!relative.empty() && !isSafeRelative(relative)))
            return malformed("the entry leads out of the package", place);
        LATHE_TRY_VOID(checkSizes(entry, total, place));
        LATHE_TRY_VOID(
            writeEntry(archive.get(), entry, relative.empty() ? target : target / relative, place));
        found = true;
    }
    if (found) return {};
    return Error{ErrorCode::FileMissing, "the package has no \"" + member + "\"", package.string(), ""};
}

}  // namespace lathe
