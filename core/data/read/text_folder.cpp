// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/text_folder.h"

#include <algorithm>

#include "core/base/files.h"
#include "core/base/mapped_guard.h"
#include "core/data/read/text_encoding.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxEntries = 1'000'000;
constexpr uint64_t kMaxFileBytes = uint64_t(64) << 20;
constexpr uint64_t kMaxTotalBytes = uint64_t(4) << 30;

struct Listing {
    std::vector<fs::path> files, folders;  ///< sorted by name
};

Result<Listing> list(const fs::path& folder) {
    Listing listing;
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        const fs::path& path = entries->path();
        const std::string name = path.filename().string();
        if (name.starts_with('.') || name.starts_with("README")) continue;
        std::error_code each;
        if (entries->is_directory(each))
            listing.folders.push_back(path);
        else if (entries->is_regular_file(each))
            listing.files.push_back(path);
        if (listing.files.size() + listing.folders.size() > kMaxEntries)
            return Error{ErrorCode::FileTooLarge, "the folder holds more than a million files",
                         folder.string(), ""};
    }
    if (failure)
        return Error{ErrorCode::FileUnreadable, "the folder cannot be read: " + failure.message(),
                     folder.string(), ""};
    std::sort(listing.files.begin(), listing.files.end());
    std::sort(listing.folders.begin(), listing.folders.end());
    return listing;
}

class FolderReader {
  public:
    FolderReader(const std::string& encoding, RowSink& sink) : m_encoding(encoding), m_sink(sink) {}

    Result<void> add(const fs::path& path, const std::string& label) {
        LATHE_TRY(const auto file, MappedFile::open(path));
        m_total += file.text().size();
        if (file.text().size() > kMaxFileBytes || m_total > kMaxTotalBytes)
            return Error{ErrorCode::FileTooLarge, "the texts are too large to be read whole", path.string(),
                         "a file may have 64 MiB, all together 4 GiB"};
        SourceText source(file.text(), true, &file);
        auto text = decodeText(source, path.string(), m_encoding);
        LATHE_TRY_VOID(checkMapping(file.bytes(), path));
        LATHE_TRY(const auto decoded, std::move(text));
        if (decoded.encoding != "UTF-8") m_sink.records().encoding = decoded.encoding;
        Record record;
        record.line = m_sink.records().rows + 1;
        record.values.emplace_back(std::string(decoded.text()));
        LATHE_TRY_VOID(checkMapping(file.bytes(), path));
        if (!label.empty()) record.values.emplace_back(label);
        return m_sink.add(std::move(record), decoded.text().size());
    }

  private:
    const std::string& m_encoding;
    RowSink& m_sink;
    uint64_t m_total = 0;
};

}  // namespace

Result<void> readFileFolder(const std::string& encoding, RowSink& sink) {
    RecordSet& records = sink.records();
    LATHE_TRY(const Listing top, list(records.path));
    if (!top.files.empty() && !top.folders.empty())
        return Error{ErrorCode::DataInvalid, "the folder holds files and folders", records.path.string(),
                     "text files alone are texts; folders by class hold their texts"};
    FolderReader reader(encoding, sink);
    records.columns = {"text"};
    if (!top.folders.empty()) records.columns.push_back("label");
    for (const fs::path& file : top.files)
        if (!sink.full()) LATHE_TRY_VOID(reader.add(file, ""));
    // By turns, so that a limit keeps every class.
    std::vector<std::pair<std::string, Listing>> classes;
    std::size_t longest = 0;
    for (const fs::path& folder : top.folders) {
        LATHE_TRY(Listing files, list(folder));
        longest = std::max(longest, files.files.size());
        classes.emplace_back(folder.filename().string(), std::move(files));
    }
    for (std::size_t i = 0; i < longest && !sink.full(); ++i)
        for (const auto& [label, listing] : classes)
            if (i < listing.files.size() && !sink.full()) LATHE_TRY_VOID(reader.add(listing.files[i], label));
    return {};
}

}  // namespace lathe
