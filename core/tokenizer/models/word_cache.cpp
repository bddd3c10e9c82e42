// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/models/word_cache.h"

#include <atomic>
#include <cstring>

namespace lathe::tok {
namespace {

constexpr int kSlotBits = 14;

}  // namespace

uint32_t newCacheOwner() {
    static std::atomic<uint32_t> next{1};
    return next.fetch_add(1);
}

WordCache::WordCache() : m_entries(std::size_t(1) << kSlotBits) {
}

WordCache& WordCache::ofThread() {
    thread_local WordCache cache;
    return cache;
}

std::size_t WordCache::slotOf(uint32_t owner, std::string_view word) {
    uint64_t hash = owner ^ (uint64_t(word.size()) << 32);
    for (std::size_t at = 0; at < word.size(); at += 8) {
        uint64_t chunk = 0;
        std::memcpy(&chunk, word.data() + at, word.size() - at < 8 ? word.size() - at : 8);
        hash = (hash ^ chunk) * 0x9E3779B97F4A7C15ull;
        hash ^= hash >> 29;
    }
    return (hash * 0x9E3779B97F4A7C15ull) >> (64 - kSlotBits);
}

bool WordCache::find(uint32_t owner, std::string_view word, std::vector<WordToken>& out) const {
    if (word.size() > kMaxWord) return false;
    const Entry& entry = m_entries[slotOf(owner, word)];
    if (entry.owner != owner || entry.length != word.size() ||
        std::memcmp(entry.word, word.data(), word.size()) != 0)
        return false;
    uint32_t begin = 0;
    for (std::size_t i = 0; i < entry.count; ++i) {
        out.push_back({entry.ids[i], begin, entry.ends[i]});
        begin = entry.ends[i];
    }
    return true;
}

void WordCache::keep(uint32_t owner, std::string_view word, const std::vector<WordToken>& out,
                     std::size_t first) {
    const std::size_t count = out.size() - first;
    if (word.size() > kMaxWord || count > kMaxTokens) return;
    // An entry holds ends only, so the tokens must follow each other without gaps.
    for (std::size_t i = 0; i < count; ++i)
        if (out[first + i].begin != (i == 0 ? 0 : out[first + i - 1].end)) return;
    Entry& entry = m_entries[slotOf(owner, word)];
    entry.owner = owner;
    entry.length = static_cast<uint8_t>(word.size());
    entry.count = static_cast<uint8_t>(count);
    std::memcpy(entry.word, word.data(), word.size());
    for (std::size_t i = 0; i < count; ++i) {
        entry.ids[i] = out[first + i].id;
        entry.ends[i] = static_cast<uint8_t>(out[first + i].end);
    }
}

}  // namespace lathe::tok
