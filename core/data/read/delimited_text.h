// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of comma- or tab-separated text (RFC 4180), one at a time, with the place of what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe {

struct TableLimits {
    std::size_t columns = 10'000;
    std::size_t cellBytes = std::size_t(64) << 20;
    std::size_t rowBytes = std::size_t(256) << 20;
};

class DelimitedText {
  public:
    /// In comma-separated text a quoted field may hold delimiters, doubled quotes and newlines. In
    /// tab-separated text a quote is plain text unless a whole field of one line is wrapped in quotes: most
    /// such files are written without any quoting and sentences start with quotes.
    DelimitedText(std::string_view text, char delimiter, std::string file, TableLimits limits = {})
        : m_text(text), m_delimiter(delimiter), m_file(std::move(file)), m_limits(limits) {}

    /// The next row that is not an empty line; false at the end. DataInvalid, naming row and column, for an
    /// open quote, text after a closing quote, or what is beyond the limits; no more than that is read or
    /// kept.
    Result<bool> next(std::vector<std::string>& fields);
    /// Leaves out a line, whatever is in it.
    void skipLine();
    /// 1-based line where the row just read starts.
    uint64_t line() const { return m_rowLine; }
    /// Bytes of the text that are behind the row just read.
    std::size_t position() const { return m_position; }

  private:
    Result<std::string> quotedField();
    Result<std::string> plainField();
    bool wrappedInQuotes() const;
    bool atRowEnd() const;
    void skipLineBreak();
    Error fault(const std::string& message, std::size_t position, const std::string& hint) const;
    Error tooLarge(std::size_t begin) const;

    std::string_view m_text;
    char m_delimiter;
    std::string m_file;
    TableLimits m_limits;
    std::size_t m_position = 0;
    uint64_t m_line = 1;
    uint64_t m_rowLine = 0;
    uint64_t m_row = 0;        ///< 1-based, the header's too
    std::size_t m_column = 0;  ///< 1-based, of the field being read
};

/// The separator that a first line for spreadsheets names: "sep=;", in any case, with blanks or quotes around
/// its parts; any mark but a quote, or a tab, also as \t. Nothing where the first line is another.
std::optional<char> namedSeparator(std::string_view text);

/// The delimiter of a file called .csv: namedSeparator, else the most frequent of , ; tab | outside quotes in
/// its first row.
char guessDelimiter(std::string_view text);

}  // namespace lathe
