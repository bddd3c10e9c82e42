// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/tokenizer.h"

namespace lathe {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

// A piece's text can depend on the pieces before it (spaces, bytes of one character), so the new text is what
// a decoding with it has more than the decoding without it, from the last certain place on.
std::string StreamDecoder::add(int32_t id) {
    m_ids.push_back(id);
    const std::span<const int32_t> all(m_ids);
    const std::string before =
        m_tokenizer.decode(all.subspan(m_prefixStart, m_readUpTo - m_prefixStart), true);
    const std::string now = m_tokenizer.decode(all.subspan(m_prefixStart), true);
    if (now.size() <= before.size() || now.ends_with(kReplacement)) return {};
    m_prefixStart = m_readUpTo;
    m_readUpTo = m_ids.size();
    return now.substr(before.size());
}

std::string StreamDecoder::finish() {
    const std::span<const int32_t> all(m_ids);
    const std::string before =
        m_tokenizer.decode(all.subspan(m_prefixStart, m_readUpTo - m_prefixStart), true);
    const std::string now = m_tokenizer.decode(all.subspan(m_prefixStart), true);
    m_prefixStart = m_readUpTo = m_ids.size();
    return now.size() > before.size() ? now.substr(before.size()) : std::string();
}

}  // namespace lathe
