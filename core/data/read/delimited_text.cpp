// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/delimited_text.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"
#include "core/data/read/lines.h"
#include "core/data/read/text_encoding.h"

namespace lathe {
namespace {
/// The first row is told by what stands at a file's beginning.
constexpr std::size_t kDelimiterBytes = std::size_t(1) << 20;
constexpr std::size_t kSeparatorLine = 64;  ///< a line that names the separator is shorter
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string sizeText(std::size_t bytes) {
    const bool large = bytes >= (std::size_t(1) << 20);
    return large ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes) + " bytes";
}
}  // namespace

Error DelimitedText::fault(const std::string& message, std::size_t position, const std::string& hint) const {
    const std::string where = "row " + std::to_string(m_row) + ", column " + std::to_string(m_column) + ": ";
    return {ErrorCode::DataInvalid, where + message, textPlace(m_file, m_text, position), hint};
}

Error DelimitedText::tooLarge(std::size_t begin) const {
    const bool quoted = m_text[begin] == '"';
    return fault(
        "the cell is larger than " + sizeText(m_limits.cellBytes), begin,
        quoted ? "the quote that opens it may never be closed" : "check the line breaks of this file");
}

bool DelimitedText::atRowEnd() const {
    return m_position >= m_text.size() || m_text[m_position] == '\n' || m_text[m_position] == '\r';
}

void DelimitedText::skipLineBreak() {
    if (m_position >= m_text.size()) return;
    if (m_text[m_position] == '\r') ++m_position;
    if (m_position < m_text.size() && m_text[m_position] == '\n') ++m_position;
    ++m_line;
}

bool DelimitedText::wrappedInQuotes() const {
    const std::size_t end = std::min(m_text.size() - m_position, m_limits.cellBytes) + m_position;
    for (std::size_t i = m_position + 1; i < end && m_text[i] != '\n'; ++i) {
        if (m_text[i] != '"') continue;
        if (i + 1 < m_text.size() && m_text[i + 1] == '"') {
            ++i;
            continue;
        }
        return i + 1 == m_text.size() || m_text[i + 1] == m_delimiter || m_text[i + 1] == '\n' ||
               m_text[i + 1] == '\r';
    }
    return false;
}

Result<std::string> DelimitedText::quotedField() {
    const std::size_t opening = m_position++;
    std::string field;
    while (true) {
        const std::size_t room = m_limits.cellBytes - field.size();
        const auto part = m_text.substr(m_position, m_text.substr(m_position, room + 1).find('"'));
        if (part.size() > room) return tooLarge(opening);
        const std::size_t quote = m_position + part.size();
        if (quote == m_text.size())
            return fault("the quote that opens here is never closed", opening,
                         "close the field with a quote, or double the quotes inside it");
        m_line += static_cast<uint64_t>(std::count(part.begin(), part.end(), '\n'));
        field.append(part);
        m_position = quote + 1;
        if (m_position >= m_text.size() || m_text[m_position] != '"') break;
        if (field.size() == m_limits.cellBytes) return tooLarge(opening);
        field.push_back('"');
        ++m_position;
    }
    if (!atRowEnd() && m_text[m_position] != m_delimiter)
        return fault("there is text after the closing quote of a field", m_position,
                     "write a quote inside a quoted field twice");
    return field;
}

Result<std::string> DelimitedText::plainField() {
    const std::size_t begin = m_position;
    while (!atRowEnd() && m_text[m_position] != m_delimiter)
        if (++m_position - begin > m_limits.cellBytes) return tooLarge(begin);
    return std::string(m_text.substr(begin, m_position - begin));
}

Result<bool> DelimitedText::next(std::vector<std::string>& fields) {
    fields.clear();
    while (m_position < m_text.size() && atRowEnd()) skipLineBreak();
    if (m_position >= m_text.size()) return false;
    m_rowLine = m_line;
    ++m_row;
    const std::size_t rowBegin = m_position;
    for (m_column = 1;; ++m_column) {
        const std::size_t begin = m_position;
        if (m_column > m_limits.columns)
            return fault("a row may have " + std::to_string(m_limits.columns) + " columns at most", begin,
                         "");
        const bool quoted = m_position < m_text.size() && m_text[m_position] == '"' &&
                            (m_delimiter != '\t' || wrappedInQuotes());
        LATHE_TRY(auto field, quoted ? quotedField() : plainField());
        fields.push_back(std::move(field));
        if (m_position - rowBegin > m_limits.rowBytes)
            return fault("the row is larger than " + sizeText(m_limits.rowBytes), rowBegin,
                         "check the quotes and line breaks of this file");
        if (atRowEnd()) break;
        ++m_position;
    }
    skipLineBreak();
    return true;
}

void DelimitedText::skipLine() {
    while (m_position < m_text.size() && m_text[m_position] != '\n') ++m_position;
    if (m_position == m_text.size()) return;
    ++m_position;
    ++m_line;
    ++m_row;
}

std::optional<char> namedSeparator(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'()*+,-./:;<=>?@[]^_`{|}~\t\\";
    std::string_view line = text.substr(0, kSeparatorLine);
    if (line.find('\n') == std::string_view::npos && line.size() == kSeparatorLine) return std::nullopt;
    line = takeLine(line);
    const auto strip = [&line](std::string_view around) {
        line.remove_prefix(std::min(line.find_first_not_of(around), line.size()));
        line.remove_suffix(line.size() - std::min(line.find_last_not_of(around) + 1, line.size()));
    };
    while (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    strip(" \"");
    if (lowerAscii(line.substr(0, 3)) != "sep") return std::nullopt;
    line.remove_prefix(3);
    strip(" ");
    if (!line.starts_with('=')) return std::nullopt;
    line.remove_prefix(1);
    strip(" \"'");
    if (line == "\\t") return '\t';
    return line.size() == 1 && kMarks.find(line[0]) != std::string_view::npos ? std::optional(line[0])
                                                                              : std::nullopt;
}

char guessDelimiter(std::string_view text) {
    if (const auto named = namedSeparator(text)) return *named;
    constexpr std::string_view kDelimiters = ",;\t|";
    std::array<std::size_t, 4> counts{};
    bool quoted = false;
    for (const char c : text.substr(0, kDelimiterBytes)) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n') break;
        if (const auto which = kDelimiters.find(c); which != std::string_view::npos) ++counts[which];
    }
    return kDelimiters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                                counts.begin())];
}

}  // namespace lathe
