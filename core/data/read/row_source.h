// SPDX-License-Identifier: GPL-3.0-or-later
// What a reader of rows reads from and writes to: text of which only a stretch stays in memory, and a sink
// that keeps, hands on or only counts the rows.
#pragma once

#include <string_view>

#include "core/base/files.h"
#include "core/data/read/record_reader.h"

namespace lathe {

/// The text of a data file.
class SourceText {
  public:
    /// Without `whole` the file goes on behind `text`. `file` is what the text lies in, null for a text of
    /// its own.
    SourceText(std::string_view text, bool whole, const MappedFile* file)
        : m_text(text), m_whole(whole), m_file(file) {}

    std::string_view text() const { return m_text; }
    bool whole() const { return m_whole; }
    /// The bytes before this one are behind the reader: their pages no longer count as our memory. A position
    /// before the last one starts another walk.
    void passed(std::size_t position);

  private:
    std::string_view m_text;
    bool m_whole;
    const MappedFile* m_file;
    std::size_t m_released = 0;
};

/// The lines of a source, one after the other.
class SourceLines {
  public:
    explicit SourceLines(SourceText& source) : m_source(source) {}
    /// The next line without its line break; false at the end. A line longer than kMaxDocumentBytes is cut
    /// after one byte more than that.
    bool next(std::string_view& line);
    /// 1-based number of the line just read.
    uint64_t number() const { return m_number; }
    /// Where the next line begins.
    std::size_t position() const { return m_position; }

  private:
    SourceText& m_source;
    std::size_t m_position = 0;
    uint64_t m_number = 0;
};

/// Takes the rows of a file in their order.
class RowSink {
  public:
    /// With `take` the rows are handed on in batches and not kept. All arguments must outlive the sink.
    RowSink(RecordSet& records, const ReadSettings& settings, const TakeRows* take)
        : m_records(records), m_settings(settings), m_take(take) {}

    RecordSet& records() { return m_records; }
    /// The wanted number of rows is there.
    bool full() const {
        return m_settings.limit > 0 && m_records.rows >= static_cast<uint64_t>(m_settings.limit);
    }
    /// How many of the next `count` rows are wanted.
    std::size_t wanted(std::size_t count) const;
    /// One row of about so many bytes. FileTooLarge when the rows held have far more cells than values.
    Result<void> add(Record&& record, std::size_t bytes);
    /// After the last row.
    Result<void> finish();

  private:
    Result<void> checkCells() const;

    RecordSet& m_records;
    const ReadSettings& m_settings;
    const TakeRows* m_take;
    std::size_t m_bytes = 0;   ///< of the rows held
    std::size_t m_filled = 0;  ///< their cells with a value
};

}  // namespace lathe
