// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/tokenizer.h"

namespace lathe {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

std::string readablePiece(const Tokenizer& tokenizer, int32_t id) {
    std::string text = tokenizer.decode(std::span(&id, 1), false);
    return text.empty() || text.find(kReplacement) != std::string::npos ? tokenizer.piece(id) : text;
}

// A piece's text can depend on the pieces before it (spaces, bytes of one character), so the new text is what
// a decoding with it has more than the decoding without it, from the last certain place on. Bytes that are no
// character can spoil those right before them, which are given out already; then the new ids stand alone.
std::string StreamDecoder::pending() const {
    const std::span<const int32_t> all(m_ids);
    const std::string before =
        m_tokenizer.decode(all.subspan(m_prefixStart, m_readUpTo - m_prefixStart), true);
    const std::string now = m_tokenizer.decode(all.subspan(m_prefixStart), true);
    return now.starts_with(before) ? now.substr(before.size())
                                   : m_tokenizer.decode(all.subspan(m_readUpTo), true);
}

std::string StreamDecoder::add(int32_t id) {
    m_ids.push_back(id);
    std::string text = pending();
    if (text.empty() || text.ends_with(kReplacement)) return {};
    m_prefixStart = m_readUpTo;
    m_readUpTo = m_ids.size();
    return text;
}

std::string StreamDecoder::finish() {
    std::string text = pending();
    m_prefixStart = m_readUpTo = m_ids.size();
    return text;
}

}  // namespace lathe
