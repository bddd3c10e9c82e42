// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/table_rows.h"

#include <algorithm>
#include <unordered_set>

#include "core/data/column_guess.h"
#include "core/data/delimited_text.h"
#include "core/data/lines.h"

namespace lathe {
namespace {

/// So many rows are looked at to tell whether the first row is a header.
constexpr std::size_t kHeaderSampleRows = 50;

struct TableRow {
    std::vector<std::string> cells;
    uint64_t line = 0;
};

/// Does the first row name the columns? Usual names say yes; numbers, repeated values and long texts say no.
bool isHeader(const std::vector<std::string>& first, const std::vector<TableRow>& following) {
    std::unordered_set<std::string> seen;
    bool usual = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (isNumber(first[i]) || (!first[i].empty() && !seen.insert(first[i]).second)) return false;
        usual = usual || isUsualColumnName(trimmed(first[i]));
    }
    if (usual) return true;
    const std::size_t rows = following.size();
    const auto tooLong = [](const std::string& cell) {
        return cell.empty() || cell.size() > 40 || std::count(cell.begin(), cell.end(), ' ') > 2;
    };
    if (rows == 0 || std::any_of(first.begin(), first.end(), tooLong)) return false;
    for (std::size_t column = 0; column < first.size(); ++column)
        for (std::size_t row = 0; row < rows; ++row)
            if (following[row].cells[column] == first[column]) return false;
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

std::vector<std::string> numberedNames(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
    return names;
}

std::size_t sizeOf(const std::vector<std::string>& cells) {
    std::size_t bytes = 0;
    for (const std::string& cell : cells) bytes += cell.size();
    return bytes;
}

Record recordOf(std::vector<std::string>&& cells, uint64_t line) {
    Record record;
    record.line = line;
    for (std::string& cell : cells) record.values.push_back(cell.empty() ? Json() : Json(std::move(cell)));
    return record;
}

/// Reads a table's rows, of which the first gives the number of fields.
class TableReader {
  public:
    TableReader(SourceText& source, char delimiter, const std::string& file)
        : m_source(source), m_table(source.text(), delimiter, file), m_file(file), m_delimiter(delimiter) {}

    /// False at the end.
    Result<bool> next(TableRow& row) {
        m_source.passed(m_table.position());
        LATHE_TRY(const bool any, m_table.next(row.cells));
        if (!any) return false;
        row.line = m_table.line();
        if (m_fields == 0) m_fields = row.cells.size();
        if (row.cells.size() == m_fields) return true;
        return Error{
            ErrorCode::DataInvalid,
            "this row has " + countText(row.cells.size()) + ", the first row has " + countText(m_fields),
            m_file + ":" + std::to_string(row.line) + ":1",
            m_delimiter == '\t' ? "a tab inside a field must be removed"
                                : "put quotes around a field that holds the separator"};
    }

  private:
    SourceText& m_source;
    DelimitedText m_table;
    const std::string& m_file;
    char m_delimiter;
    std::size_t m_fields = 0;
};

Result<void> addRow(RowSink& sink, TableRow&& row) {
    const std::size_t bytes = sizeOf(row.cells);
    return sink.add(recordOf(std::move(row.cells), row.line), bytes);
}

}  // namespace

Result<void> readTable(SourceText& source, char delimiter, RowSink& sink) {
    RecordSet& records = sink.records();
    const std::string file = records.path.string();
    TableReader reader(source, delimiter, file);
    TableRow first;
    LATHE_TRY(const bool any, reader.next(first));
    if (!any) return {};
    std::vector<TableRow> sample;
    while (sample.size() < sink.wanted(kHeaderSampleRows)) {
        TableRow row;
        LATHE_TRY(const bool more, reader.next(row));
        if (!more) break;
        sample.push_back(std::move(row));
    }
    records.hasHeader = isHeader(first.cells, sample);
    records.columns = records.hasHeader ? headerNames(first.cells) : numberedNames(first.cells.size());
    if (!records.hasHeader) LATHE_TRY_VOID(addRow(sink, std::move(first)));
    for (auto& row : sample)
        if (!sink.full()) LATHE_TRY_VOID(addRow(sink, std::move(row)));
    for (TableRow row; !sink.full();) {
        LATHE_TRY(const bool more, reader.next(row));
        if (!more) break;
        LATHE_TRY_VOID(addRow(sink, std::move(row)));
    }
    return {};
}

}  // namespace lathe
