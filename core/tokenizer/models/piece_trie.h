// SPDX-License-Identifier: GPL-3.0-or-later
// A byte trie over vocabulary pieces: longest match and all matches from a place in a text.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/tokenizer/models/flat_map.h"

namespace lathe::tok {

class PieceTrie {
  public:
    void insert(std::string_view piece, int32_t value) {
        uint32_t node = kRoot;
        for (const char c : piece) {
            const uint64_t child = m_children.insert(edge(node, c), m_values.size());
            if (child == m_values.size()) m_values.push_back(kNone);
            node = static_cast<uint32_t>(child);
        }
        m_values[node] = value;
    }

    /// Calls use(length, value) for every piece that begins at `at`, shortest first, starting below `node`.
    template <class Use>
    void eachMatch(uint32_t node, std::string_view text, std::size_t at, Use use) const {
        for (std::size_t i = at; i < text.size(); ++i) {
            const uint64_t child = m_children.find(edge(node, text[i]));
            if (child == FlatMap::kMissing) return;
            node = static_cast<uint32_t>(child);
            if (m_values[node] != kNone) use(i + 1 - at, m_values[node]);
        }
    }

    /// The node that `prefix` leads to, if any piece begins with it.
    std::optional<uint32_t> descend(std::string_view prefix) const {
        uint32_t node = kRoot;
        for (const char c : prefix) {
            const uint64_t child = m_children.find(edge(node, c));
            if (child == FlatMap::kMissing) return std::nullopt;
            node = static_cast<uint32_t>(child);
        }
        return node;
    }

    static constexpr uint32_t kRoot = 0;

  private:
    static constexpr int32_t kNone = -1;
    static uint64_t edge(uint32_t node, char c) {
        return uint64_t(node) << 8 | static_cast<unsigned char>(c);
    }

    FlatMap m_children;
    std::vector<int32_t> m_values = {kNone};
};

}  // namespace lathe::tok
