// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/record_reader.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/base/files.h"
#include "core/base/mapped_guard.h"
#include "core/data/read/conll_rows.h"
#include "core/data/read/delimited_text.h"
#include "core/data/read/json_rows.h"
#include "core/data/read/lines.h"
#include "core/data/read/row_source.h"
#include "core/data/read/table_rows.h"
#include "core/data/read/text_encoding.h"
#include "core/data/read/text_folder.h"

namespace lathe {
namespace {

/// What a format is told by.
constexpr std::size_t kSampleBytes = std::size_t(1) << 20;
/// Of a large file so much is read at first when a limit is set.
constexpr std::size_t kFirstBytes = std::size_t(16) << 20;

Error dataFault(const std::string& message, const std::string& place, const std::string& hint) {
    return {ErrorCode::DataInvalid, message, place, hint};
}

bool hasBlankLine(SourceText& source) {
    SourceLines lines(source);
    bool seen = false;
    for (std::string_view line; lines.next(line);) {
        const bool blank = trimmed(line).empty();
        if (blank && seen) return !trimmed(source.text().substr(lines.position())).empty();
        seen = seen || !blank;
    }
    return false;
}

/// Documents, or lines where `unit` says so or no blank line is found.
Result<void> readText(SourceText& source, TextUnit unit, RowSink& sink) {
    const std::string file = sink.records().path.string();
    sink.records().columns = {"text"};
    const bool single = unit == TextUnit::Line || !hasBlankLine(source);
    // A blank line may still come; beyond the largest document it would come too late.
    if (single && unit == TextUnit::Document && !source.whole() && source.text().size() <= kMaxDocumentBytes)
        return {};
    std::string document;
    uint64_t start = 0;
    const auto flush = [&]() -> Result<void> {
        if (document.empty()) return {};
        const std::size_t bytes = document.size();
        LATHE_TRY_VOID(sink.add({{OrderedJson(std::move(document))}, start}, bytes));
        document.clear();
        return {};
    };
    SourceLines lines(source);
    for (std::string_view line; !sink.full() && lines.next(line);) {
        if (trimmed(line).empty()) {
            LATHE_TRY_VOID(flush());
            continue;
        }
        if (document.empty())
            start = lines.number();
        else
            document.push_back('\n');
        if (document.size() + line.size() > kMaxDocumentBytes)
            return dataFault("a document is larger than 64 MiB", file + ":" + std::to_string(start),
                             "separate documents with blank lines");
        document.append(line);
        if (single) LATHE_TRY_VOID(flush());
    }
    return source.whole() ? flush() : Result<void>();
}

/// A table without a telling name: the same number of tabs, at least one, in each of the first lines.
bool looksTabbed(std::string_view text) {
    std::ptrdiff_t tabs = -1;
    for (int row = 0; row < 20 && !text.empty();) {
        const auto line = takeLine(text);
        if (trimmed(line).empty()) continue;
        ++row;
        const auto count = std::count(line.begin(), line.end(), '\t');
        if (count == 0 || (tabs >= 0 && count != tabs)) return false;
        tabs = count;
    }
    return tabs > 0;
}

/// Whole lines of a file's beginning, enough to tell its format by.
std::string_view firstLines(std::string_view text) {
    if (text.size() <= kSampleBytes) return text;
    text = text.substr(0, kSampleBytes);
    return text.substr(0, text.rfind('\n'));
}

std::string guessFormat(const std::filesystem::path& path, std::string_view text) {
    const std::string extension = lowerAscii(path.extension().string());
    if (extension == ".jsonl" || extension == ".ndjson") return "jsonl";
    if (extension == ".json") return jsonLayout(text);
    if (extension == ".csv") return "csv";
    if (extension == ".tsv" || extension == ".tab") return "tsv";
    if (extension == ".conll" || extension == ".iob" || extension == ".bio" || extension == ".conllu")
        return "conll";
    const auto start = trimmed(text);
    if (extension != ".txt" && (start.starts_with("{\"") || start.starts_with("[{"))) return jsonLayout(text);
    const auto sample = firstLines(text);
    if (looksLikeConll(sample)) return "conll";
    return looksTabbed(sample) ? "tsv" : "text";
}

Result<void> readRows(SourceText& source, TextUnit unit, RowSink& sink) {
    RecordSet& records = sink.records();
    const auto text = source.text();
    if (records.format == "auto") records.format = guessFormat(records.path, text);
    if (records.format == "json") return readJsonArray(source, sink);
    if (records.format == "jsonl") return readJsonLines(source, sink);
    if (records.format == "csv") return readTable(source, guessDelimiter(text), sink);
    if (records.format == "tsv") return readTable(source, namedSeparator(text).value_or('\t'), sink);
    if (records.format == "text") return readText(source, unit, sink);
    if (records.format == "conll") return readConll(source, sink);
    return Error{ErrorCode::Unsupported, "a file cannot be read as \"" + records.format + "\"",
                 records.path.string(), "use json, jsonl, csv, tsv, conll or text"};
}

Result<void> readDecoded(const MappedFile& file, std::string_view bytes, const ReadSettings& settings,
                         const TakeRows* take, RecordSet& records) {
    const std::string place = records.path.string();
    const bool whole = bytes.size() == file.text().size();
    SourceText raw(bytes, whole, &file);
    LATHE_TRY(const auto decoded, decodeText(raw, place, settings.encoding));
    if (trimmed(decoded.text()).empty())
        return dataFault("the file is empty", place, "choose a file with rows in it");
    records.encoding = decoded.encoding;
    SourceText source(decoded.text(), whole, decoded.converted ? nullptr : &file);
    RowSink sink(records, settings, take);
    LATHE_TRY_VOID(readRows(source, settings.textUnit, sink));
    return sink.finish();
}

/// Reads the rows of `bytes`, which are all of the file or its beginning.
Result<void> readBytes(const MappedFile& file, std::string_view bytes, const ReadSettings& settings,
                       const TakeRows* take, RecordSet& records) {
    const auto read = readDecoded(file, bytes, settings, take, records);
    LATHE_TRY_VOID(checkMapping(file.bytes(), file.path()));
    return read;
}

/// The beginning of a file up to a line break within so many bytes; all of it where there is none, or where
/// characters may be wider than a byte throughout.
std::string_view beginningOf(std::string_view bytes, std::size_t size) {
    if (size >= bytes.size()) return bytes;
    const auto beginning = bytes.substr(0, size);
    const auto newline = beginning.rfind('\n');
    if (newline == std::string_view::npos ||
        beginning.substr(0, kSampleBytes).find('\0') != std::string_view::npos)
        return bytes;
    return beginning.substr(0, newline + 1);
}

/// A limit's rows mostly stand in the beginning of a large file. If they do not, or anything is wrong, which
/// may be for its being cut there, more of it is read.
Result<RecordSet> readLimited(const MappedFile& file, const ReadSettings& settings, const RecordSet& start) {
    for (std::size_t size = kFirstBytes; size < file.text().size(); size *= 4) {
        const auto bytes = beginningOf(file.text(), size);
        if (bytes.size() == file.text().size()) break;
        RecordSet records = start;
        const auto read = readBytes(file, bytes, settings, nullptr, records);
        if (!read.ok() || records.rows < static_cast<uint64_t>(settings.limit)) continue;
        records.bytesNeeded = bytes.size();
        return records;
    }
    RecordSet records = start;
    LATHE_TRY_VOID(readBytes(file, file.text(), settings, nullptr, records));
    return records;
}

Result<void> readFolder(const ReadSettings& settings, const TakeRows* take, RecordSet& records) {
    records.format = "folder";
    RowSink sink(records, settings, take);
    LATHE_TRY_VOID(readFileFolder(settings.encoding, sink));
    return sink.finish();
}

}  // namespace

Result<RecordSet> readRecords(const std::filesystem::path& path, const ReadSettings& settings) {
    const std::string place = path.string();
    RecordSet records;
    records.path = path;
    records.format = settings.format;
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        if (settings.format != "auto" && settings.format != "folder")
            return Error{ErrorCode::DataInvalid, "this is a folder, not a " + settings.format + " file",
                         place, "write data.format: folder"};
        LATHE_TRY_VOID(readFolder(settings, nullptr, records));
    } else {
        LATHE_TRY(const auto file, MappedFile::open(path));
        if (settings.limit > 0) {
            LATHE_TRY(records, readLimited(file, settings, records));
        } else {
            LATHE_TRY_VOID(readBytes(file, file.text(), settings, nullptr, records));
        }
    }
    if (records.records.empty())
        return dataFault("there are no rows in it", place, "choose data with rows in it");
    return records;
}

Result<void> readBatches(const RecordSet& seen, const ReadSettings& settings, const TakeRows& take) {
    RecordSet records;
    records.path = seen.path;
    records.format = seen.format;
    records.columns = seen.columns;
    if (seen.format == "folder") return readFolder(settings, &take, records);
    LATHE_TRY(const auto file, MappedFile::open(seen.path));
    const auto bytes = seen.bytesNeeded > 0 ? file.text().substr(0, seen.bytesNeeded) : file.text();
    return readBytes(file, bytes, settings, &take, records);
}

std::string recordPlace(const RecordSet& records, const Record& record) {
    const bool counted = records.format == "json" || records.format == "folder";
    return records.path.string() + (counted ? ", row " : ":") + std::to_string(record.line);
}

}  // namespace lathe
