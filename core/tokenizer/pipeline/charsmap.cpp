// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/charsmap.h"

#include <cstring>

namespace lathe::tok {
namespace {

constexpr std::size_t kMaxUnits = std::size_t(1) << 20;

// Layout of a unit in a darts-clone double array.
uint32_t offsetOf(uint32_t unit) {
    return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}
bool hasLeaf(uint32_t unit) {
    return (unit >> 8) & 1;
}
uint32_t labelOf(uint32_t unit) {
    return unit & ((1u << 31) | 0xFFu);
}
uint32_t valueOf(uint32_t unit) {
    return unit & 0x7FFFFFFFu;
}

}  // namespace

Result<CharsMap> CharsMap::parse(std::string_view bytes, const std::string& place) {
    const auto bad = [&](const char* what) {
        return Error{ErrorCode::FileMalformed, std::string("precompiled_charsmap: ") + what, place, ""};
    };
    uint32_t trieBytes = 0;
    if (bytes.size() < sizeof trieBytes) return bad("too short");
    std::memcpy(&trieBytes, bytes.data(), sizeof trieBytes);
    bytes.remove_prefix(sizeof trieBytes);
    if (trieBytes > bytes.size() || trieBytes % 4 != 0 || trieBytes == 0) return bad("the trie is cut short");
    if (trieBytes / 4 > kMaxUnits) return bad("the trie is too large");
    CharsMap map;
    map.m_units.resize(trieBytes / 4);
    std::memcpy(map.m_units.data(), bytes.data(), trieBytes);
    map.m_texts.assign(bytes.substr(trieBytes));
    if (map.m_texts.empty() || map.m_texts.back() != '\0') return bad("the replacements do not end");
    LATHE_TRY_VOID(map.check(place));
    return map;
}

Result<void> CharsMap::check(const std::string& place) const {
    const auto bad = [&](const char* what) {
        return Error{ErrorCode::FileMalformed, std::string("precompiled_charsmap: ") + what, place, ""};
    };
    std::vector<bool> seen(m_units.size(), false);
    std::vector<uint32_t> open = {offsetOf(m_units[0])};
    while (!open.empty()) {
        const uint32_t node = open.back();
        open.pop_back();
        if ((node | 0xFFu) >= m_units.size()) return bad("the trie points outside itself");
        if (seen[node]) continue;
        seen[node] = true;
        // Zero, too: sentencepiece walks on at a NUL in the text.
        for (uint32_t byte = 0; byte < 256; ++byte) {
            const uint32_t unit = m_units[node ^ byte];
            if (labelOf(unit) != byte) continue;
            const uint32_t next = (node ^ byte) ^ offsetOf(unit);
            if (next >= m_units.size()) return bad("the trie points outside itself");
            if (hasLeaf(unit) && valueOf(m_units[next]) >= m_texts.size())
                return bad("a replacement lies outside the file");
            open.push_back(next);
        }
    }
    return {};
}

std::optional<std::string_view> CharsMap::find(std::string_view chunk) const {
    uint32_t node = offsetOf(m_units[0]);
    for (const char c : chunk) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte == 0) break;
        node ^= byte;
        const uint32_t unit = m_units[node];
        if (labelOf(unit) != byte) break;
        node ^= offsetOf(unit);
        if (hasLeaf(unit)) return std::string_view(m_texts.c_str() + valueOf(m_units[node]));
    }
    return std::nullopt;
}

}  // namespace lathe::tok
