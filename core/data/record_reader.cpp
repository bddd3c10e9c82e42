// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/record_reader.h"

#include <algorithm>
#include <cstdio>
#include <unordered_map>
#include <unordered_set>

#include "core/base/files.h"
#include "core/data/columns.h"
#include "core/data/delimited_text.h"
#include "core/data/file_folder.h"
#include "core/data/tagged_words.h"
#include "core/data/text_encoding.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxColumns = 10'000;
constexpr std::size_t kMaxCells = std::size_t(1) << 27;
constexpr std::size_t kMaxSparseCells = std::size_t(1) << 22;
constexpr std::size_t kMaxSparsity = 64;  // cells to values
constexpr std::size_t kMaxDocumentBytes = std::size_t(64) << 20;
constexpr std::size_t kHeaderSampleRows = 50;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n\f\v";
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// The next line without its line break; `text` moves past it.
std::string_view takeLine(std::string_view& text) {
    const auto newline = text.find('\n');
    auto line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

Error dataFault(const std::string& message, const std::string& place, const std::string& hint) {
    return {ErrorCode::DataInvalid, message, place, hint};
}

/// Gathers JSON rows whose keys differ: columns in the order they are first seen, null where a row lacks one.
class RowCollector {
  public:
    explicit RowCollector(RecordSet& records) : m_records(records) {}

    Result<void> add(Json&& row, uint64_t line, const std::string& place) {
        Record record;
        record.line = line;
        record.values.resize(m_records.columns.size());
        if (row.is_object()) {
            for (auto& [key, value] : row.items()) LATHE_TRY_VOID(put(record, key, std::move(value), place));
        } else if (row.is_string()) {
            LATHE_TRY_VOID(put(record, "text", std::move(row), place));
        } else {
            return dataFault("a row must be a JSON object, like {\"text\": \"…\"}", place, "");
        }
        m_records.records.push_back(std::move(record));
        return checkCells();
    }

    Result<void> finish() {
        const std::size_t columns = m_records.columns.size();
        for (auto& record : m_records.records) record.values.resize(columns);
        return {};
    }

  private:
    /// A table nearly all of whose cells are empty takes far more memory than its file.
    Result<void> checkCells() const {
        const std::size_t cells = m_records.records.size() * m_records.columns.size();
        if (cells <= kMaxSparseCells || (cells <= kMaxCells && cells / kMaxSparsity <= m_filled)) return {};
        return Error{ErrorCode::FileTooLarge, "the rows have too many different keys", m_records.path.string(), ""};
    }
    Result<void> put(Record& record, const std::string& key, Json&& value, const std::string& place) {
        const auto [it, isNew] = m_indices.emplace(key, m_records.columns.size());
        if (isNew) {
            if (m_records.columns.size() == kMaxColumns)
                return dataFault("the rows have more than 10,000 different keys", place, "");
            m_records.columns.push_back(key);
            record.values.resize(m_records.columns.size());
        }
        record.values[it->second] = std::move(value);
        ++m_filled;
        return {};
    }

    RecordSet& m_records;
    std::unordered_map<std::string, std::size_t> m_indices;
    std::size_t m_filled = 0;  ///< cells with a value
};

std::size_t skipBlank(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

/// One past the closing quote of the string that opens at `begin`.
std::size_t jsonStringEnd(std::string_view text, std::size_t begin) {
    std::size_t at = begin + 1;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size());
}

/// Where the JSON value at `begin` ends: at the comma or bracket that belongs to what holds it. Values are told
/// apart this way and parsed one by one, so that a large file needs the memory of its rows and no more.
std::size_t jsonValueEnd(std::string_view text, std::size_t begin) {
    std::size_t depth = 0, at = begin;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = jsonStringEnd(text, at);
            continue;
        }
        const bool closes = c == ']' || c == '}';
        if (depth == 0 && (closes || c == ',')) return at;
        depth += c == '[' || c == '{';
        depth -= closes;
        ++at;
    }
    return at;
}

/// The value text[begin, end); what is wrong with it is placed in the whole file.
Result<Json> parseJsonValue(std::string_view text, std::size_t begin, std::size_t end, const std::string& file) {
    const auto value = text.substr(begin, end - begin);
    if (value.size() > kMaxDocumentBytes)
        return dataFault("a row is larger than 64 MiB", textPlace(file, text, begin), "make several rows of it");
    auto parsed = parseJson(value, "", kDataJsonDepth);
    if (parsed.ok()) return parsed;
    unsigned line = 1, column = 1;
    std::size_t at = 0;
    if (std::sscanf(parsed.error().place.c_str(), ":%u:%u", &line, &column) == 2)
        for (; line > 1; --line) at = value.find('\n', at) + 1;
    return dataFault(parsed.error().message, textPlace(file, text, begin + at + std::max(column, 1u) - 1), "");
}

/// Just inside the array of rows: the file's own, or the only one in an object such as
/// {"version": …, "data": [ … ]}.
Result<std::size_t> findJsonRows(std::string_view text, const std::string& file) {
    std::size_t at = skipBlank(text, 0);
    if (text[at] == '[') return at + 1;
    if (text[at] != '{')
        return dataFault("the file must hold a JSON array of rows", file, "one object a line (.jsonl) works too");
    std::size_t rows = 0, arrays = 0;
    while (at < text.size() && text[at] != '}') {
        const std::size_t key = skipBlank(text, at + 1);
        const std::size_t value = skipBlank(text, skipBlank(text, jsonStringEnd(text, key)) + 1);
        const std::size_t first = skipBlank(text, value + 1);
        if (first < text.size() && text[value] == '[' && text[first] == '{') {
            rows = value + 1;
            ++arrays;
        }
        at = jsonValueEnd(text, key);
    }
    if (arrays == 1) return rows;
    LATHE_TRY_VOID(parseJsonValue(text, 0, text.size(), file));
    return dataFault("the file holds one JSON object, not rows", file,
                     "write the rows as a JSON array or one object a line (.jsonl)");
}

Result<void> readJsonArray(std::string_view text, int64_t limit, RecordSet& records) {
    const std::string file = records.path.string();
    LATHE_TRY(std::size_t at, findJsonRows(text, file));
    RowCollector collector(records);
    uint64_t number = 0;
    if (const auto first = skipBlank(text, at); first < text.size() && text[first] == ']') return {};
    while (limit <= 0 || number < static_cast<uint64_t>(limit)) {
        at = skipBlank(text, at);
        const std::size_t end = jsonValueEnd(text, at);
        LATHE_TRY(auto row, parseJsonValue(text, at, end, file));
        ++number;
        LATHE_TRY_VOID(collector.add(std::move(row), number, file + ", row " + std::to_string(number)));
        if (end == text.size() || text[end] == '}')
            return dataFault("the array of rows is not closed", textPlace(file, text, end),
                             "the file may have been cut short");
        if (text[end] == ']') break;
        at = end + 1;
    }
    return collector.finish();
}

Result<void> readJsonLines(std::string_view text, int64_t limit, RecordSet& records) {
    RowCollector collector(records);
    uint64_t number = 0;
    while (!text.empty()) {
        const auto line = takeLine(text);
        ++number;
        if (trimmed(line).empty()) continue;
        const std::string place = records.path.string() + ":" + std::to_string(number);
        auto parsed = parseJson(line, "", kDataJsonDepth);
        if (!parsed.ok()) {
            // parseJson counts lines within the one line it got, ":1:column"; only the column is of use here.
            const auto& inner = parsed.error().place;
            const auto column = inner.empty() ? std::string() : inner.substr(inner.rfind(':'));
            return dataFault(parsed.error().message, place + column,
                             "each line must be one whole JSON object");
        }
        LATHE_TRY_VOID(collector.add(std::move(parsed).value(), number, place));
        if (limit > 0 && records.records.size() == static_cast<std::size_t>(limit)) break;
    }
    return collector.finish();
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

/// JSON's two layouts go by many names; the first line that is not blank tells them apart.
std::string jsonLayout(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('[')) return "json";
    const auto first = takeLine(text);
    return parseJson(first, "", kDataJsonDepth).ok() ? "jsonl" : "json";
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
