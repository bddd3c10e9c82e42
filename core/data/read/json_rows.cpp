// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/json_rows.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "core/data/read/lines.h"
#include "core/data/read/text_encoding.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxColumns = 10'000;

Error dataFault(const std::string& message, const std::string& place, const std::string& hint) {
    return {ErrorCode::DataInvalid, message, place, hint};
}

/// Makes rows of JSON values whose keys differ.
class RowCollector {
  public:
    explicit RowCollector(RowSink& sink) : m_sink(sink), m_columns(sink.records().columns) {
        for (std::size_t i = 0; i < m_columns.size(); ++i) m_indices.emplace(m_columns[i], i);
    }

    /// A row of so many bytes in the file.
    Result<void> add(OrderedJson&& row, std::size_t bytes, uint64_t line, const std::string& place) {
        Record record;
        record.line = line;
        record.values.resize(m_columns.size());
        if (row.is_object()) {
            for (auto& [key, value] : row.items()) LATHE_TRY_VOID(put(record, key, std::move(value), place));
        } else if (row.is_string()) {
            LATHE_TRY_VOID(put(record, "text", std::move(row), place));
        } else {
            return dataFault("a row must be a JSON object, like {\"text\": \"…\"}", place, "");
        }
        return m_sink.add(std::move(record), bytes);
    }

  private:
    Result<void> put(Record& record, const std::string& key, OrderedJson&& value, const std::string& place) {
        const auto [it, isNew] = m_indices.emplace(key, m_columns.size());
        if (isNew) {
            if (m_columns.size() == kMaxColumns)
                return dataFault("the rows have more than 10,000 different keys", place, "");
            m_columns.push_back(key);
            record.values.resize(m_columns.size());
        }
        record.values[it->second] = std::move(value);
        return {};
    }

    RowSink& m_sink;
    std::vector<std::string>& m_columns;
    std::unordered_map<std::string, std::size_t> m_indices;
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

/// Where the JSON value at `begin` ends: at the comma or bracket that belongs to what holds it. Values are
/// told apart this way and parsed one by one, so that a large file needs the memory of its rows and no more.
/// `source` is told how far it went, when given.
std::size_t jsonValueEnd(std::string_view text, std::size_t begin, SourceText* source = nullptr) {
    std::size_t depth = 0, at = begin;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            if (source) source->passed(at);
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

/// What to do about the word at a fault: numbers that JSON has not, and Python's way of writing.
std::string hintAt(std::string_view text, std::size_t at, const std::string& otherwise) {
    at = std::min(at, text.size());
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const auto before = at > 0 ? text.find_last_not_of(kLetters, at - 1) : std::string_view::npos;
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    const auto word =
        text.substr(begin, std::min(text.find_first_not_of(kLetters, begin), text.size()) - begin);
    if (word == "NaN" || word == "Infinity" || word == "nan" || word == "inf")
        return "JSON has no " + std::string(word) + ": write null (pandas: DataFrame.to_json does)";
    if (word == "None" || word == "True" || word == "False" || text.substr(begin, 1) == "'")
        return "this is Python's way of writing: write null, true, false and double quotes (json.dumps does)";
    return otherwise;
}

/// The value text[begin, end); what is wrong with it is placed in the whole file.
Result<OrderedJson> parseJsonValue(std::string_view text, std::size_t begin, std::size_t end,
                                   const std::string& file) {
    const auto value = text.substr(begin, end - begin);
    if (value.size() > kMaxDocumentBytes)
        return dataFault("a row is larger than 64 MiB", textPlace(file, text, begin),
                         "make several rows of it");
    auto parsed = parseOrderedJson(value, "", kDataJsonDepth);
    if (parsed.ok()) return parsed;
    unsigned line = 1, column = 1;
    std::size_t at = 0;
    if (std::sscanf(parsed.error().place.c_str(), ":%u:%u", &line, &column) == 2)
        for (; line > 1; --line) at = value.find('\n', at) + 1;
    const std::size_t fault = begin + at + std::max(column, 1u) - 1;
    return dataFault(parsed.error().message, textPlace(file, text, fault), hintAt(text, fault, ""));
}

/// Just inside the one array of objects that an object holds, such as {"version": …, "data": [ … ]}; npos
/// when there is none or another.
std::size_t rowsWithin(std::string_view text, std::size_t at, SourceText* source = nullptr) {
    std::size_t rows = std::string_view::npos, arrays = 0;
    while (at < text.size() && text[at] != '}') {
        const std::size_t key = skipBlank(text, at + 1);
        const std::size_t value = skipBlank(text, skipBlank(text, jsonStringEnd(text, key)) + 1);
        const std::size_t first = skipBlank(text, value + 1);
        if (first < text.size() && text[value] == '[' && text[first] == '{') {
            rows = value + 1;
            ++arrays;
        }
        at = jsonValueEnd(text, key, source);
    }
    return arrays == 1 ? rows : std::string_view::npos;
}

/// Just inside the array of rows: the file's own, or the only one in an object.
Result<std::size_t> findJsonRows(SourceText& source, const std::string& file) {
    const std::string_view text = source.text();
    const std::size_t at = skipBlank(text, 0);
    if (text[at] == '[') return at + 1;
    if (text[at] != '{')
        return dataFault("the file must hold a JSON array of rows", file,
                         "one object a line (.jsonl) works too");
    if (const std::size_t rows = rowsWithin(text, at, &source); rows != std::string_view::npos) return rows;
    LATHE_TRY_VOID(parseJsonValue(text, 0, text.size(), file));
    return dataFault("the file holds one JSON object, not rows", file,
                     "write the rows as a JSON array or one object a line (.jsonl)");
}

/// Whether the value is a message of a conversation.
bool isMessage(std::string_view value) {
    const auto parsed = parseOrderedJson(value, "", kDataJsonDepth);
    if (!parsed.ok() || !parsed.value().is_object()) return false;
    const OrderedJson& object = parsed.value();
    return (object.contains("role") && object.contains("content")) ||
           (object.contains("from") && object.contains("value"));
}

}  // namespace

std::string jsonLayout(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('[')) return "json";
    auto start = text.substr(0, kMaxDocumentBytes + 1);
    const auto first = takeLine(start);
    if (first.size() > kMaxDocumentBytes) return "json";
    text.remove_prefix(std::min(first.size() + 1, text.size()));
    if (first.starts_with('{') && trimmed(text).empty()) {
        const std::size_t rows = rowsWithin(first, 0);
        const bool conversation =
            rows != std::string_view::npos && isMessage(first.substr(rows, jsonValueEnd(first, rows) - rows));
        if (rows != std::string_view::npos && !conversation) return "json";
    }
    return parseOrderedJson(first, "", kDataJsonDepth).ok() ? "jsonl" : "json";
}

Result<void> readJsonArray(SourceText& source, RowSink& sink) {
    const std::string_view text = source.text();
    const std::string file = sink.records().path.string();
    LATHE_TRY(std::size_t at, findJsonRows(source, file));
    RowCollector collector(sink);
    uint64_t number = 0;
    if (const auto first = skipBlank(text, at); first < text.size() && text[first] == ']') return {};
    while (!sink.full()) {
        at = skipBlank(text, at);
        source.passed(at);
        // No row may be larger, so no more is looked at for its end.
        const std::size_t end = jsonValueEnd(text.substr(0, at + kMaxDocumentBytes + 1), at);
        LATHE_TRY(auto row, parseJsonValue(text, at, end, file));
        ++number;
        LATHE_TRY_VOID(
            collector.add(std::move(row), end - at, number, file + ", row " + std::to_string(number)));
        if (end == text.size() || text[end] == '}')
            return dataFault("the array of rows is not closed", textPlace(file, text, end),
                             "the file may have been cut short");
        if (text[end] == ']') break;
        at = end + 1;
    }
    return {};
}

Result<void> readJsonLines(SourceText& source, RowSink& sink) {
    RowCollector collector(sink);
    SourceLines lines(source);
    for (std::string_view line; !sink.full() && lines.next(line);) {
        if (trimmed(line).empty()) continue;
        const std::string place = sink.records().path.string() + ":" + std::to_string(lines.number());
        if (line.size() > kMaxDocumentBytes)
            return dataFault("a row is larger than 64 MiB", place, "make several rows of it");
        auto parsed = parseOrderedJson(line, "", kDataJsonDepth);
        if (!parsed.ok()) {
            // The parser counts lines within the one line it got, ":1:column"; only the column is of use
            // here.
            const auto& inner = parsed.error().place;
            const auto column = inner.empty() ? std::string() : inner.substr(inner.rfind(':'));
            const std::size_t fault =
                column.empty() ? line.size() : std::strtoul(&column[1], nullptr, 10) - 1;
            return dataFault(parsed.error().message, place + column,
                             hintAt(line, fault, "each line must be one whole JSON object"));
        }
        LATHE_TRY_VOID(collector.add(std::move(parsed).value(), line.size(), lines.number(), place));
    }
    return {};
}

}  // namespace lathe
