// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens of short words met before: a small table for each thread, so that it needs no lock and never grows.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/tokenizer/models/token_model.h"

namespace lathe::tok {

/// A number that tells the models that share a thread's table apart.
uint32_t newCacheOwner();

class WordCache {
  public:
    static WordCache& ofThread();

    /// Appends the word's tokens and returns true when they are known.
    bool find(uint32_t owner, std::string_view word, std::vector<WordToken>& out) const;
    /// Keeps the tokens from `first` on as the word's, unless they do not fit an entry.
    void keep(uint32_t owner, std::string_view word, const std::vector<WordToken>& out, std::size_t first);

  private:
    static constexpr std::size_t kMaxWord = 18;
    static constexpr std::size_t kMaxTokens = 8;
    struct alignas(64) Entry {
        uint32_t owner = 0;
        uint8_t length = 0;
        uint8_t count = 0;
        uint8_t ends[kMaxTokens] = {};
        char word[kMaxWord] = {};
        int32_t ids[kMaxTokens] = {};
    };
    static std::size_t slotOf(uint32_t owner, std::string_view word);

    WordCache();
    std::vector<Entry> m_entries;
};

}  // namespace lathe::tok
