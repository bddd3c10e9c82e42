// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/list_text.h"

#include <algorithm>
#include <charconv>

#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe {
namespace {

/// A text written by Python's repr, in parts.
class PythonList {
  public:
    explicit PythonList(std::string_view inside) : m_text(inside) {}

    /// False where the text is not a list of quoted texts and bare words.
    bool read() {
        bool comma = true;  // before the first item none is needed
        for (skipBlank(); m_at < m_text.size(); skipBlank()) {
            if (m_text[m_at] == ',') {
                if (comma) return false;
                comma = true;
                commas = true;
                ++m_at;
                continue;
            }
            if (!comma) blanks = true;
            comma = false;
            if (!item()) return false;
        }
        return true;
    }

    std::vector<std::string> items;
    bool commas = false, blanks = false;  ///< what is between items
    bool quoted = false, bare = false;    ///< how items are written
    bool numbers = true;                  ///< all bare ones are whole numbers
    bool cutShort = false;

  private:
    void skipBlank() { m_at = std::min(m_text.find_first_not_of(" \t\r\n", m_at), m_text.size()); }

    bool item() {
        const bool prefixed = (m_text[m_at] == 'u' || m_text[m_at] == 'b') && m_at + 1 < m_text.size() &&
                              (m_text[m_at + 1] == '\'' || m_text[m_at + 1] == '"');
        if (prefixed) ++m_at;
        return m_text[m_at] == '\'' || m_text[m_at] == '"' ? quotedItem() : bareItem();
    }

    bool quotedItem() {
        const char quote = m_text[m_at++];
        std::string value;
        while (m_at < m_text.size() && m_text[m_at] != quote) {
            if (m_text[m_at] == '\\' && m_at + 1 < m_text.size())
                escape(value);
            else
                value.push_back(m_text[m_at++]);
        }
        if (m_at == m_text.size()) return false;
        ++m_at;
        quoted = true;
        items.push_back(std::move(value));
        return true;
    }

    void escape(std::string& value) {
        const char kind = m_text[++m_at];
        ++m_at;
        const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
        if (digits > 0 && m_at + digits <= m_text.size()) {
            uint32_t c = 0;
            const auto hex = m_text.substr(m_at, digits);
            const auto [end, failure] = std::from_chars(hex.data(), hex.data() + digits, c, 16);
            if (failure == std::errc() && end == hex.data() + digits && c <= 0x10FFFF) {
                m_at += digits;
                tok::appendCodePoint(value, c);
                return;
            }
        }
        constexpr std::string_view kNames = "ntr", kMeant = "\n\t\r", kItself = "\\'\"";
        if (const auto which = kNames.find(kind); which != std::string_view::npos) {
            value.push_back(kMeant[which]);
        } else {
            if (kItself.find(kind) == std::string_view::npos) value.push_back('\\');
            value.push_back(kind);
        }
    }

    bool bareItem() {
        const std::size_t begin = m_at;
        m_at = std::min(m_text.find_first_of(" \t\r\n,'\"[](){}", m_at), m_text.size());
        if (m_at == begin) return false;
        std::string value(m_text.substr(begin, m_at - begin));
        if (value == "...") {
            cutShort = true;
            return true;
        }
        bare = true;
        const auto digits = value.find_first_not_of("0123456789", value[0] == '-' ? 1 : 0);
        numbers = numbers && digits == std::string::npos && value != "-";
        items.push_back(std::move(value));
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

/// What is between the brackets of a list; nothing where there are none.
std::optional<std::string_view> insideBrackets(std::string_view text) {
    if (text.starts_with("array(") && text.ends_with(')')) {
        text = text.substr(6, text.size() - 7);
        if (const auto type = text.rfind(", dtype="); type != std::string_view::npos)
            text = text.substr(0, type);
        text = trimmed(text);
    }
    if (text.size() < 2) return std::nullopt;
    const std::string_view pair{"[](){}"};
    const auto open = pair.find(text.front());
    if (open == std::string_view::npos || open % 2 != 0 || text.back() != pair[open + 1]) return std::nullopt;
    return text.substr(1, text.size() - 2);
}

/// [New York, Paris]: names without quotes may hold blanks.
std::vector<std::string> betweenCommas(std::string_view inside) {
    std::vector<std::string> names;
    while (true) {
        const auto comma = inside.find(',');
        const auto name = trimmed(inside.substr(0, comma));
        if (!name.empty()) names.emplace_back(name);
        if (comma == std::string_view::npos) return names;
        inside.remove_prefix(comma + 1);
    }
}

}  // namespace

std::optional<TextList> listInText(std::string_view text, bool bareNames) {
    text = trimmed(text);
    const auto inside = insideBrackets(text);
    if (!inside) return std::nullopt;
    if (text.front() == '[') {
        if (const auto parsed = parseOrderedJson(text, ""); parsed.ok() && parsed.value().is_array()) {
            TextList list{{}, "JSON"};
            for (const OrderedJson& item : parsed.value()) list.items.push_back(cellText(item));
            return list;
        }
    }
    const bool square = text.front() == '[' || text.starts_with("array(");
    PythonList python(*inside);
    const bool read = python.read();
    if (read && python.quoted && !(python.commas && python.blanks)) {
        if (!square && (python.bare || python.blanks)) return std::nullopt;
        return TextList{std::move(python.items), python.blanks ? "numpy" : "Python", python.cutShort};
    }
    if (read && square && python.bare && python.blanks && !python.commas && python.numbers)
        return TextList{std::move(python.items), "numpy", python.cutShort};
    if (bareNames && square && inside->find_first_of("'\"[]") == std::string_view::npos)
        return TextList{betweenCommas(*inside), "Python", false};
    return std::nullopt;
}

}  // namespace lathe
