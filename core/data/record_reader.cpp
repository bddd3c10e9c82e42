// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/record_reader.h"

#include <algorithm>
#include <unordered_set>

#include "core/base/files.h"
#include "core/data/columns.h"
#include "core/data/delimited_text.h"
#include "core/data/file_folder.h"
#include "core/data/json_rows.h"
#include "core/data/lines.h"
#include "core/data/tagged_words.h"
#include "core/data/text_encoding.h"

namespace lathe {
namespace {

constexpr std::size_t kHeaderSampleRows = 50;

Error dataFault(const std::string& message, const std::string& place, const std::string& hint) {
    return {ErrorCode::DataInvalid, message, place, hint};
}

/// Does the first row name the columns? Usual names say yes; numbers, repeated values and long texts say no.
bool isHeader(const std::vector<std::string>& first, const std::vector<Record>& following) {
    std::unordered_set<std::string> seen;
    bool usual = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (isNumber(first[i]) || (!first[i].empty() && !seen.insert(first[i]).second)) return false;
        usual = usual || isUsualColumnName(trimmed(first[i]));
    }
    if (usual) return true;
    const std::size_t rows = std::min(following.size(), kHeaderSampleRows);
    const auto tooLong = [](const std::string& cell) {
        return cell.empty() || cell.size() > 40 || std::count(cell.begin(), cell.end(), ' ') > 2;
    };
    if (rows == 0 || std::any_of(first.begin(), first.end(), tooLong)) return false;
    for (std::size_t column = 0; column < first.size(); ++column)
        for (std::size_t row = 0; row < rows; ++row)
            if (cellText(following[row].values[column]) == first[column]) return false;
    return true;
}

std::vector<std::string> headerNames(const std::vector<std::string>& cells) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto name = trimmed(cells[i]);
        names.push_back(name.empty() ? std::to_string(i) : std::string(name));
    }
    return names;
}

std::string countText(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " field" : " fields");
}

Result<void> readTable(std::string_view text, char delimiter, int64_t limit, RecordSet& records) {
    const std::string file = records.path.string();
    DelimitedText table(text, delimiter, file);
    std::vector<std::string> first, fields;
    LATHE_TRY(const bool any, table.next(first));
    if (!any) return {};
    const uint64_t firstLine = table.line();
    const auto enough = [&](std::size_t count) {
        return limit > 0 && count >= static_cast<std::size_t>(limit);
    };
    while (!enough(records.records.size())) {
        LATHE_TRY(const bool more, table.next(fields));
        if (!more) break;
        if (fields.size() != first.size())
            return dataFault(
                "this row has " + countText(fields.size()) + ", the first row has " + countText(first.size()),
                file + ":" + std::to_string(table.line()) + ":1",
                delimiter == '\t' ? "a tab inside a field must be removed"
                                  : "put quotes around a field that holds the separator");
        Record record;
        record.line = table.line();
        record.values.assign(std::make_move_iterator(fields.begin()), std::make_move_iterator(fields.end()));
        records.records.push_back(std::move(record));
    }
    records.hasHeader = isHeader(first, records.records);
    if (records.hasHeader) {
        records.columns = headerNames(first);
        return {};
    }
    for (std::size_t i = 0; i < first.size(); ++i) records.columns.push_back(std::to_string(i));
    Record record;
    record.line = firstLine;
    record.values.assign(first.begin(), first.end());
    records.records.insert(records.records.begin(), std::move(record));
    if (limit > 0 && records.records.size() > static_cast<std::size_t>(limit)) records.records.pop_back();
    return {};
}

bool hasBlankLine(std::string_view text) {
    text = trimmed(text);
    while (!text.empty())
        if (trimmed(takeLine(text)).empty()) return true;
    return false;
}

Result<void> readText(std::string_view text, TextUnit unit, int64_t limit, RecordSet& records) {
    records.columns = {"text"};
    const bool lines = unit == TextUnit::Line || !hasBlankLine(text);
    std::string document;
    uint64_t start = 0, number = 0;
    auto flush = [&] {
        if (!document.empty()) records.records.push_back({{Json(std::move(document))}, start});
        document.clear();
        return limit > 0 && records.records.size() == static_cast<std::size_t>(limit);
    };
    while (!text.empty()) {
        const auto line = takeLine(text);
        ++number;
        if (trimmed(line).empty()) {
            if (flush()) return {};
            continue;
        }
        if (document.empty())
            start = number;
        else
            document.push_back('\n');
        if (document.size() + line.size() > kMaxDocumentBytes)
            return dataFault("a document is larger than 64 MiB",
                             records.path.string() + ":" + std::to_string(start),
                             "separate documents with blank lines");
        document.append(line);
        if (lines && flush()) return {};
    }
    flush();
    return {};
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

std::string guessFormat(const std::filesystem::path& path, std::string_view text) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : char(c);
    });
    if (extension == ".jsonl" || extension == ".ndjson") return "jsonl";
    if (extension == ".json") return jsonLayout(text);
    if (extension == ".csv") return "csv";
    if (extension == ".tsv" || extension == ".tab") return "tsv";
    if (extension == ".conll" || extension == ".iob" || extension == ".bio") return "conll";
    const auto start = trimmed(text);
    if (extension != ".txt" && (start.starts_with("{\"") || start.starts_with("[{"))) return jsonLayout(text);
    if (looksLikeConll(text)) return "conll";
    return looksTabbed(text) ? "tsv" : "text";
}

Result<void> readFile(std::string_view text, const ReadSettings& settings, RecordSet& records) {
    const int64_t limit = settings.limit;
    if (records.format == "auto") records.format = guessFormat(records.path, text);
    if (records.format == "json") return readJsonArray(text, limit, records);
    if (records.format == "jsonl") return readJsonLines(text, limit, records);
    if (records.format == "csv") return readTable(text, guessDelimiter(text), limit, records);
    if (records.format == "tsv") return readTable(text, '\t', limit, records);
    if (records.format == "text") return readText(text, settings.textUnit, limit, records);
    if (records.format == "conll") return readConll(text, limit, records);
    return Error{ErrorCode::Unsupported, "a file cannot be read as \"" + records.format + "\"",
                 records.path.string(), "use json, jsonl, csv, tsv, conll or text"};
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
            return Error{ErrorCode::DataInvalid, "this is a folder, not a " + settings.format + " file", place,
                         "write data.format: folder"};
        records.format = "folder";
        LATHE_TRY_VOID(readFileFolder(settings.encoding, settings.limit, records));
    } else {
        LATHE_TRY(const auto file, MappedFile::open(path));
        LATHE_TRY(const auto decoded, decodeText(file.text(), place, settings.encoding));
        if (trimmed(decoded.text()).empty())
            return dataFault("the file is empty", place, "choose a file with rows in it");
        records.encoding = decoded.encoding;
        LATHE_TRY_VOID(readFile(decoded.text(), settings, records));
    }
    if (records.records.empty())
        return dataFault("there are no rows in it", place, "choose data with rows in it");
    return records;
}

std::string recordPlace(const RecordSet& records, const Record& record) {
    const bool counted = records.format == "json" || records.format == "folder";
    return records.path.string() + (counted ? ", row " : ":") + std::to_string(record.line);
}

}  // namespace lathe
