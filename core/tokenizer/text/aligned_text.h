// SPDX-License-Identifier: GPL-3.0-or-later
// Text on its way through a tokenizer that still knows which bytes of the given text it came from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace lathe::tok {

class AlignedText {
  public:
    AlignedText() = default;
    /// A stretch of the given text as it is, starting at byte `base` of it. `source` must outlive the object.
    AlignedText(std::string_view source, uint32_t base) : m_source(source), m_base(base) {}
    /// Changed text; `origin` has one span a byte.
    AlignedText(std::string text, std::vector<TextSpan> origin)
        : m_owned(std::move(text)), m_origin(std::move(origin)), m_changed(true) {}

    std::string_view text() const { return m_changed ? std::string_view(m_owned) : m_source; }
    bool empty() const { return text().empty(); }
    /// Where bytes [begin, end) came from, widened to whole characters of the given text.
    TextSpan origin(std::size_t begin, std::size_t end) const;
    /// The bytes [begin, end) as a text of their own; must not outlive this object.
    AlignedText part(std::size_t begin, std::size_t end) const;

  private:
    std::string m_owned;
    std::string_view m_source;
    std::vector<TextSpan> m_origin;
    uint32_t m_base = 0;
    bool m_changed = false;
};

/// Writes the successor of an AlignedText; what would make it absurdly longer than the given text is left
/// out.
class TextRewriter {
  public:
    explicit TextRewriter(const AlignedText& from);

    /// Bytes that stand for bytes [begin, end) of the old text.
    void put(std::string_view bytes, std::size_t begin, std::size_t end) {
        put(bytes, m_from.origin(begin, end));
    }
    void put(std::string_view bytes, TextSpan origin);
    void put(char32_t c, std::size_t begin, std::size_t end);
    /// Old bytes that stay.
    void keep(std::size_t begin, std::size_t end);
    std::size_t size() const { return m_text.size(); }
    AlignedText finish() { return {std::move(m_text), std::move(m_origin)}; }

  private:
    const AlignedText& m_from;
    std::string m_text;
    std::vector<TextSpan> m_origin;
    std::size_t m_limit = 0;  ///< bytes
};

/// A stretch of the text between two splits.
struct Split {
    uint32_t begin = 0;
    uint32_t end = 0;
};

struct SplitText {
    AlignedText text;
    std::vector<Split> splits;
};

}  // namespace lathe::tok
