// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/table_rows.h"

#include <algorithm>
#include <unordered_map>

#include "core/data/read/cell_text.h"
#include "core/data/read/delimited_text.h"
#include "core/data/read/lines.h"
#include "core/data/read/usual_columns.h"

namespace lathe {
namespace {

/// So many rows are looked at to tell whether the first row is a header.
constexpr std::size_t kHeaderSampleRows = 50;

struct TableRow {
    std::vector<std::string> cells;
    uint64_t line = 0;
};

using Cells = std::vector<std::string>;

bool looksLikeName(const std::string& cell) {
    return !cell.empty() && cell.size() <= 40 && std::count(cell.begin(), cell.end(), ' ') <= 2 &&
           !isNumber(cell);
}

std::string listed(const Cells& cells) {
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(cells.size(), 6); ++i)
        list += (i > 0 ? ", \"" : "\"") + cells[i].substr(0, 40) + "\"";
    return cells.size() > 6 ? list + ", …" : list;
}

/// Does the first row name the columns? Usual names say yes; numbers, values that come back in their column
/// and long texts say no. What no name tells is noted.
bool isHeader(const Cells& first, const std::vector<TableRow>& following, std::vector<Note>& notes) {
    std::size_t usual = 0, numbers = 0;
    for (const std::string& cell : first) {
        numbers += isNumber(cell);
        usual += isUsualColumnName(trimmed(cell));
    }
    if (usual > 0 && (numbers == 0 || usual > 1)) return true;
    bool comesBack = false;
    for (std::size_t column = 0; column < first.size(); ++column)
        for (const TableRow& row : following) comesBack = comesBack || row.cells[column] == first[column];
    const bool names = std::all_of(first.begin(), first.end(), looksLikeName);
    const bool header = names && !comesBack && !following.empty();
    if (header)
        addNote(notes, {"header_guessed",
                        "the first row (" + listed(first) + ") is taken as the names of the columns",
                        "add a row of names above it if it is data"});
    else if (names || usual > 0)
        addNote(notes,
                {"header_guessed",
                 "the first row (" + listed(first) + ") is taken as data: the file seems to have no header",
                 "rename the columns, such as text and label, if it is one"});
    return header;
}

/// Names in the order of the columns, without a name the column's number. A name that comes back gets a
/// number, as pandas gives it: label, label.1.
Cells headerNames(const Cells& cells, std::vector<Note>& notes) {
    Cells names;
    std::unordered_map<std::string, std::size_t> columns;
    std::unordered_map<std::string, int> numbers;  // the last one given to a name that comes back
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto name = trimmed(std::string_view(cells[i]));
        const std::string wanted = name.empty() ? std::to_string(i) : std::string(name);
        std::string given = wanted;
        while (columns.contains(given)) given = wanted + "." + std::to_string(++numbers[wanted]);
        if (given != wanted)
            addNote(notes,
                    {"columns_renamed",
                     "two columns are named \"" + wanted + "\", the " + std::to_string(columns[wanted] + 1) +
                         ". and the " + std::to_string(i + 1) + ".; the second one is \"" + given + "\" here",
                     "rename one of them"});
        columns.emplace(given, i);
        names.push_back(std::move(given));
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
    for (std::string& cell : cells)
        record.values.push_back(cell.empty() ? OrderedJson() : OrderedJson(std::move(cell)));
    return record;
}

/// Reads a table's rows, of which the first gives the number of fields.
class TableReader {
  public:
    TableReader(SourceText& source, char delimiter, const std::string& file)
        : m_source(source), m_table(source.text(), delimiter, file), m_file(file), m_delimiter(delimiter) {}

    /// False at the end. Cells that a row has too many are left out where they are empty: table programs
    /// write as many as the widest row has.
    Result<bool> next(TableRow& row) {
        m_source.passed(m_table.position());
        LATHE_TRY(const bool any, m_table.next(row.cells));
        if (!any) return false;
        row.line = m_table.line();
        if (m_fields == 0) m_fields = row.cells.size();
        while (row.cells.size() > m_fields && row.cells.back().empty()) row.cells.pop_back();
        if (row.cells.size() == m_fields) return true;
        return Error{
            ErrorCode::DataInvalid,
            "this row has " + countText(row.cells.size()) + ", the first row has " + countText(m_fields),
            m_file + ":" + std::to_string(row.line) + ":1",
            m_delimiter == '\t' ? "a tab inside a field must be removed"
                                : "put quotes around a field that holds the separator"};
    }
    /// The first row of the table: behind a line that names the separator and rows without any text.
    Result<bool> first(TableRow& row, std::vector<Note>& notes) {
        if (namedSeparator(m_source.text())) {
            m_table.skipLine();
            addNote(notes,
                    {"separator_line", "the line that names the separator is no row", "", m_file + ":1"});
        }
        while (true) {
            m_fields = 0;
            LATHE_TRY(const bool any, next(row));
            if (!any) return false;
            if (row.cells.size() == 1 || std::any_of(row.cells.begin(), row.cells.end(),
                                                     [](const auto& cell) { return !cell.empty(); }))
                return true;
        }
    }
    /// From now on rows have so many fields.
    void setFields(std::size_t fields) { m_fields = fields; }

  private:
    SourceText& m_source;
    DelimitedText m_table;
    const std::string& m_file;
    char m_delimiter;
    std::size_t m_fields = 0;
};

/// Columns at the end without a name and, as far as the sample goes, without a value are left out.
std::size_t usedColumns(const Cells& first, const std::vector<TableRow>& sample) {
    std::size_t used = first.size();
    const auto isEmpty = [&](std::size_t column) {
        return first[column].empty() && std::all_of(sample.begin(), sample.end(), [&](const TableRow& row) {
                   return row.cells[column].empty();
               });
    };
    while (used > 1 && !sample.empty() && isEmpty(used - 1)) --used;
    return used;
}

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
    LATHE_TRY(const bool any, reader.first(first, records.notes));
    if (!any) return {};
    std::vector<TableRow> sample;
    while (sample.size() < sink.wanted(kHeaderSampleRows)) {
        TableRow row;
        LATHE_TRY(const bool more, reader.next(row));
        if (!more) break;
        sample.push_back(std::move(row));
    }
    const std::size_t all = first.cells.size(), used = usedColumns(first.cells, sample);
    if (used < all) {
        addNote(records.notes,
                {"columns_empty", std::to_string(all - used) + " empty columns at the end are left out", "",
                 file});
        reader.setFields(used);
        first.cells.resize(used);
        for (TableRow& row : sample) row.cells.resize(used);
    }
    records.hasHeader = isHeader(first.cells, sample, records.notes);
    records.columns =
        records.hasHeader ? headerNames(first.cells, records.notes) : numberedNames(first.cells.size());
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
