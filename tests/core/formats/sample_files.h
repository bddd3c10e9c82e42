// SPDX-License-Identifier: GPL-3.0-or-later
// Makes small safetensors and GGUF files byte by byte, honest or lying, and runs a reader over damaged
// copies.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/support.h"

namespace lathe::test {

/// The little-endian bytes of a number.
template <class T>
std::string le(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}
inline std::string floats(const std::vector<float>& values) {
    std::string bytes(values.size() * sizeof(float), '\0');
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

inline std::string safetensorsBytes(const std::string& header, const std::string& data) {
    return le<uint64_t>(header.size()) + header + data;
}

inline std::string ggufString(const std::string& text) {
    return le<uint64_t>(text.size()) + text;
}

class GgufMaker {
  public:
    uint32_t version = 3;
    uint32_t alignment = 32;                     ///< used for the layout; not written by itself
    std::optional<uint64_t> pairs, tensorCount;  ///< lies about the counts

    GgufMaker& value(const std::string& key, uint32_t type, const std::string& bytes) {
        m_pairs += ggufString(key) + le(type) + bytes;
        ++m_pairCount;
        return *this;
    }
    GgufMaker& u32(const std::string& key, uint32_t number) { return value(key, 4, le(number)); }
    GgufMaker& f32(const std::string& key, float number) { return value(key, 6, le(number)); }
    GgufMaker& text(const std::string& key, const std::string& words) {
        return value(key, 8, ggufString(words));
    }
    GgufMaker& texts(const std::string& key, const std::vector<std::string>& list) {
        std::string bytes = le<uint32_t>(8) + le<uint64_t>(list.size());
        for (const auto& item : list) bytes += ggufString(item);
        return value(key, 9, bytes);
    }
    GgufMaker& tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t type,
                      const std::string& bytes, std::optional<uint64_t> offset = {}) {
        m_table += ggufString(name) + le(static_cast<uint32_t>(dims.size()));
        for (const uint64_t size : dims) m_table += le(size);
        m_table += le(type) + le<uint64_t>(offset.value_or(m_data.size()));
        m_data += bytes;
        m_data.resize((m_data.size() + alignment - 1) / alignment * alignment, '\0');
        ++m_count;
        return *this;
    }
    std::string head() const {
        return "GGUF" + le(version) + le(tensorCount.value_or(m_count)) + le(pairs.value_or(m_pairCount)) +
               m_pairs + m_table;
    }
    std::string bytes() const {
        std::string all = head();
        all.resize((all.size() + alignment - 1) / alignment * alignment, '\0');
        return all + m_data;
    }

  private:
    std::string m_pairs, m_table, m_data;
    uint64_t m_pairCount = 0, m_count = 0;
};

/// Calls `open` on copies of `seed` cut at each of the first `cuts` bytes: each must be refused with a
/// message.
template <class Open>
void refusesEveryCut(const std::string& seed, std::size_t cuts, const std::string& fileName, Open open) {
    const TemporaryFolder folder;
    for (std::size_t size = 0; size < std::min(cuts, seed.size()); ++size) {
        const auto result = open(folder.write(fileName, seed.substr(0, size)));
        QVERIFY2(!result.ok(), ("accepted a file cut at byte " + std::to_string(size)).c_str());
        QVERIFY(!result.error().message.empty());
    }
}

/// Calls `use` on copies of `seed` with a few random bits turned: an error or a clean load, never a crash.
template <class Use>
void survivesBitFlips(const std::string& seed, int rounds, const std::string& fileName, Use use) {
    const TemporaryFolder folder;
    std::mt19937 random(7);
    for (int round = 0; round < rounds; ++round) {
        std::string copy = seed;
        const int flips = 1 + round % 4;
        for (int i = 0; i < flips; ++i) copy[random() % copy.size()] ^= static_cast<char>(1 << random() % 8);
        use(folder.write(fileName, copy));
    }
}

}  // namespace lathe::test
