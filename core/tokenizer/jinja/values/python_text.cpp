// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/python_text.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace lathe::jinja {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t limited(int64_t limit) {
    return limit < 0 ? kNone : static_cast<std::size_t>(limit);
}

/// Calls use(begin of an occurrence) for the first `count` occurrences that do not overlap.
template <class Use>
void eachOccurrence(std::string_view text, std::string_view part, std::size_t count, Use use) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (part.empty()) {
            use(at);
            if (at >= text.size()) return;
            (void)tok::nextCodePoint(text, at);
            continue;
        }
        const std::size_t found = findText(text, part, at);
        if (found == kNone) return;
        use(found);
        at = found + part.size();
    }
}

/// Whether the character is among `chars`, which are few; white space when `chars` is null.
class CharacterSet {
  public:
    explicit CharacterSet(const std::string_view* chars) : m_space(!chars) {
        if (!chars) return;
        for (std::size_t at = 0; at < chars->size();) m_sorted.push_back(tok::nextCodePoint(*chars, at));
        std::sort(m_sorted.begin(), m_sorted.end());
    }
    bool has(char32_t c) const {
        return m_space ? isSpace(c) : std::binary_search(m_sorted.begin(), m_sorted.end(), c);
    }

  private:
    bool m_space;
    std::vector<char32_t> m_sorted;
};

}  // namespace

std::size_t findText(std::string_view text, std::string_view part, std::size_t from) {
    if (from > text.size()) return kNone;
    if (part.empty()) return from;
    // glibc's memmem is linear for any pattern; std::string_view::find is not.
    const void* const found = ::memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : kNone;
}

std::size_t findLastText(std::string_view text, std::string_view part) {
    if (part.empty()) return text.size();
    if (part.size() > text.size()) return kNone;
    const std::string backwards(text.rbegin(), text.rend()), pattern(part.rbegin(), part.rend());
    const std::size_t found = findText(backwards, pattern, 0);
    return found == kNone ? kNone : text.size() - found - part.size();
}

std::size_t countText(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    eachOccurrence(text, part, kNone, [&](std::size_t) { ++count; });
    return count;
}

std::size_t replacedSize(std::string_view text, std::string_view old, std::string_view fresh, int64_t count) {
    std::size_t places = 0;
    eachOccurrence(text, old, limited(count), [&](std::size_t) { ++places; });
    return text.size() - places * old.size() + places * fresh.size();
}

std::string replaced(std::string_view text, std::string_view old, std::string_view fresh, int64_t count) {
    std::string out;
    std::size_t done = 0;
    eachOccurrence(text, old, limited(count), [&](std::size_t at) {
        out += text.substr(done, at - done);
        out += fresh;
        done = at + old.size();
    });
    out += text.substr(done);
    return out;
}

std::string_view stripped(std::string_view text, const std::string_view* chars, bool left, bool right) {
    const CharacterSet set(chars);
    std::size_t begin = 0, end = text.size();
    while (left && begin < end) {
        std::size_t next = begin;
        if (!set.has(tok::nextCodePoint(text, next))) break;
        begin = next;
    }
    while (right && begin < end) {
        const std::size_t start = tok::previousCharacter(text, end);
        std::size_t at = start;
        if (!set.has(tok::nextCodePoint(text, at))) break;
        end = start;
    }
    return text.substr(begin, end - begin);
}

std::vector<std::string_view> splitAtSpace(std::string_view text, int64_t limit) {
    std::vector<std::string_view> parts;
    std::size_t at = skipSpace(text, 0);
    while (at < text.size()) {
        if (parts.size() == limited(limit)) {
            parts.push_back(text.substr(at));
            break;
        }
        const std::size_t begin = at;
        for (std::size_t next = at; next < text.size();) {
            if (isSpace(tok::nextCodePoint(text, next))) break;
            at = next;
        }
        parts.push_back(text.substr(begin, at - begin));
        at = skipSpace(text, at);
    }
    return parts;
}

std::vector<std::string_view> splitAtSpaceFromRight(std::string_view text, int64_t limit) {
    std::vector<std::string_view> parts;
    std::size_t end = trimmedEnd(text);
    while (end > 0) {
        if (parts.size() == limited(limit)) {
            parts.push_back(text.substr(0, end));
            break;
        }
        std::size_t begin = end;
        while (begin > 0) {
            const std::size_t start = tok::previousCharacter(text, begin);
            std::size_t at = start;
            if (isSpace(tok::nextCodePoint(text, at))) break;
            begin = start;
        }
        parts.push_back(text.substr(begin, end - begin));
        end = trimmedEnd(text.substr(0, begin));
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<std::string_view> splitAt(std::string_view text, std::string_view separator, int64_t limit) {
    std::vector<std::string_view> parts;
    std::size_t done = 0;
    eachOccurrence(text, separator, limited(limit), [&](std::size_t at) {
        parts.push_back(text.substr(done, at - done));
        done = at + separator.size();
    });
    parts.push_back(text.substr(done));
    return parts;
}

std::vector<std::string_view> splitAtFromRight(std::string_view text, std::string_view separator,
                                               int64_t limit) {
    // On reversed text: occurrences counted from the right may be others than those from the left.
    const std::string backwards(text.rbegin(), text.rend()), pattern(separator.rbegin(), separator.rend());
    std::vector<std::string_view> parts = splitAt(backwards, pattern, limit);
    std::size_t end = text.size();
    for (std::string_view& part : parts) {
        const std::size_t size = part.size();
        part = text.substr(end - size, size);
        end -= std::min(end, size + separator.size());
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<std::string_view> splitLines(std::string_view text, bool keepEnds) {
    std::vector<std::string_view> lines;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = at;
        const char32_t c = tok::nextCodePoint(text, at);
        if (!endsLine(c)) continue;
        if (c == '\r' && at < text.size() && text[at] == '\n') ++at;
        lines.push_back(text.substr(begin, (keepEnds ? at : end) - begin));
        begin = at;
    }
    if (begin < text.size()) lines.push_back(text.substr(begin));
    return lines;
}

void appendEscape(std::string& out, char32_t c) {
    char code[16];
    std::snprintf(code, sizeof code,
                  c < 0x100     ? "\\x%02x"
                  : c < 0x10000 ? "\\u%04x"
                                : "\\U%08x",
                  static_cast<unsigned>(c));
    out += code;
}

std::string escapedHtml(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '\'':
                out += "&#39;";
                break;
            case '"':
                out += "&#34;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace lathe::jinja
