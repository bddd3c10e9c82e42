// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/aligned_text.h"

#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

// No honest tokenizer makes a text this many times longer; a chain of replacements in a stranger's file could
// do so without end.
constexpr std::size_t kMaxGrowth = 32;
constexpr std::size_t kFreeGrowth = 1024;

}  // namespace

TextSpan AlignedText::origin(std::size_t begin, std::size_t end) const {
    if (m_changed) {
        if (begin >= end) {
            const uint32_t at = begin < m_origin.size() ? m_origin[begin].begin
                                : m_origin.empty()      ? 0
                                                        : m_origin.back().end;
            return {at, at};
        }
        return {m_origin[begin].begin, m_origin[end - 1].end};
    }
    if (begin < end) {
        while (begin > 0 && isContinuation(m_source[begin])) --begin;
        while (end < m_source.size() && isContinuation(m_source[end])) ++end;
    }
    return {m_base + static_cast<uint32_t>(begin), m_base + static_cast<uint32_t>(end)};
}

AlignedText AlignedText::part(std::size_t begin, std::size_t end) const {
    if (!m_changed) return {m_source.substr(begin, end - begin), m_base + static_cast<uint32_t>(begin)};
    return {m_owned.substr(begin, end - begin),
            {m_origin.begin() + static_cast<std::ptrdiff_t>(begin),
             m_origin.begin() + static_cast<std::ptrdiff_t>(end)}};
}

TextRewriter::TextRewriter(const AlignedText& from) : m_from(from) {
    const TextSpan whole = from.origin(0, from.text().size());
    m_limit = kMaxGrowth * (whole.end - whole.begin) + kFreeGrowth;
    m_text.reserve(from.text().size() + 8);
    m_origin.reserve(from.text().size() + 8);
}

void TextRewriter::put(std::string_view bytes, TextSpan origin) {
    if (m_text.size() + bytes.size() > m_limit) return;
    m_text += bytes;
    m_origin.insert(m_origin.end(), bytes.size(), origin);
}

void TextRewriter::put(char32_t c, std::size_t begin, std::size_t end) {
    if (c < 0x80) {
        m_text += static_cast<char>(c);
        m_origin.push_back(m_from.origin(begin, end));
    } else {
        put(utf8Of(c), begin, end);
    }
}

void TextRewriter::keep(std::size_t begin, std::size_t end) {
    const auto text = m_from.text();
    for (std::size_t at = begin; at < end; ++at) {
        m_text += text[at];
        m_origin.push_back(m_from.origin(at, at + 1));
    }
}

}  // namespace lathe::tok
