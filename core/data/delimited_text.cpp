// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/delimited_text.h"

#include <algorithm>
#include <array>

#include "core/data/text_encoding.h"

namespace lathe {
namespace {
constexpr std::size_t kMaxColumns = 10'000;
constexpr std::size_t kMaxFieldBytes = std::size_t(64) << 20;
}  // namespace

Error DelimitedText::fault(const std::string& message, std::size_t position, const std::string& hint) const {
    return {ErrorCode::DataInvalid, message, textPlace(m_file, m_text, position), hint};
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
    for (std::size_t i = m_position + 1; i < m_text.size() && m_text[i] != '\n'; ++i) {
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
        const std::size_t quote = m_text.find('"', m_position);
        if (quote == std::string_view::npos)
            return fault("the quote that opens here is never closed", opening,
                         "close the field with a quote, or double the quotes inside it");
        const auto part = m_text.substr(m_position, quote - m_position);
        m_line += static_cast<uint64_t>(std::count(part.begin(), part.end(), '\n'));
        field.append(part);
        m_position = quote + 1;
        if (m_position >= m_text.size() || m_text[m_position] != '"') break;
        field.push_back('"');
        ++m_position;
    }
    if (!atRowEnd() && m_text[m_position] != m_delimiter)
        return fault("there is text after the closing quote of a field", m_position,
                     "write a quote inside a quoted field twice");
    return field;
}

std::string DelimitedText::plainField() {
    const std::size_t begin = m_position;
    while (!atRowEnd() && m_text[m_position] != m_delimiter) ++m_position;
    return std::string(m_text.substr(begin, m_position - begin));
}

Result<bool> DelimitedText::next(std::vector<std::string>& fields) {
    fields.clear();
    while (m_position < m_text.size() && atRowEnd()) skipLineBreak();
    if (m_position >= m_text.size()) return false;
    m_rowLine = m_line;
    while (true) {
        const std::size_t begin = m_position;
        const bool quoted = m_position < m_text.size() && m_text[m_position] == '"' &&
                            (m_delimiter != '\t' || wrappedInQuotes());
        if (quoted) {
            LATHE_TRY(auto field, quotedField());
            fields.push_back(std::move(field));
        } else {
            fields.push_back(plainField());
        }
        if (fields.back().size() > kMaxFieldBytes)
            return fault("a field is larger than 64 MiB", begin, "check the quotes of this file");
        if (fields.size() > kMaxColumns) return fault("a row has more than 10,000 fields", begin, "");
        if (atRowEnd()) break;
        ++m_position;
    }
    skipLineBreak();
    return true;
}

char guessDelimiter(std::string_view text) {
    constexpr std::string_view kDelimiters = ",;\t|";
    std::array<std::size_t, 4> counts{};
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n') break;
        if (const auto which = kDelimiters.find(c); which != std::string_view::npos) ++counts[which];
    }
    return kDelimiters[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                                counts.begin())];
}

}  // namespace lathe
