// SPDX-License-Identifier: GPL-3.0-or-later
// Open-addressing hash from 64-bit keys to 64-bit values, filled once and read many times.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace lathe::tok {

class FlatMap {
  public:
    /// Room for `count` keys at half load.
    explicit FlatMap(std::size_t count = 0) { reset(count); }

    void reset(std::size_t count) {
        const std::size_t capacity = std::bit_ceil(count * 2 + 2);
        m_entries.assign(capacity, {kEmpty, 0});
        m_mask = capacity - 1;
        m_shift = 64 - std::countr_zero(capacity);
        m_size = 0;
    }

    /// The value kept for the key: the given one, or the one that was there before.
    uint64_t insert(uint64_t key, uint64_t value) {
        if ((m_size + 1) * 2 > m_entries.size()) grow();
        Entry& entry = m_entries[slotOf(key)];
        if (entry.key == kEmpty) {
            entry = {key, value};
            ++m_size;
        }
        return entry.value;
    }

    /// kMissing when the key is not there.
    uint64_t find(uint64_t key) const {
        const Entry& entry = m_entries[slotOf(key)];
        return entry.key == key ? entry.value : kMissing;
    }

    static constexpr uint64_t kMissing = ~uint64_t(0);

  private:
    struct Entry {
        uint64_t key, value;
    };
    static constexpr uint64_t kEmpty = ~uint64_t(0);

    std::size_t slotOf(uint64_t key) const {
        std::size_t slot = (key * 0x9E3779B97F4A7C15ull) >> m_shift;
        while (m_entries[slot].key != key && m_entries[slot].key != kEmpty) slot = (slot + 1) & m_mask;
        return slot;
    }

    void grow() {
        std::vector<Entry> old = std::move(m_entries);
        reset(old.size());
        for (const Entry& entry : old)
            if (entry.key != kEmpty) insert(entry.key, entry.value);
    }

    std::vector<Entry> m_entries;
    std::size_t m_mask = 0;
    std::size_t m_size = 0;
    int m_shift = 0;
};

}  // namespace lathe::tok
