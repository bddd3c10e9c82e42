// SPDX-License-Identifier: GPL-3.0-or-later
// Random numbers that are the same on every machine, unlike the standard library's shuffles.
#pragma once

#include <cstdint>

namespace lathe {

/// SplitMix64 (Steele, Lea, Flood 2014): small and well mixed.
class SplitMix {
  public:
    explicit SplitMix(uint64_t state) : m_state(state) {}
    uint64_t next() {
        uint64_t z = (m_state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, bound): draws that would favour small numbers are thrown away.
    uint64_t below(uint64_t bound) {
        const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
        uint64_t value = next();
        while (value >= limit) value = next();
        return value % bound;
    }
    /// Uniform in [0, 1).
    double share() { return double(next() >> 11) * 0x1p-53; }

  private:
    uint64_t m_state;
};

}  // namespace lathe
