// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled character map of sentencepiece: a double-array trie from byte strings to replacements.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe::tok {

class CharsMap {
  public:
    /// Checks every step any text could take through the trie, so that matching needs no trust in the file.
    static Result<CharsMap> parse(std::string_view bytes, const std::string& place);

    /// The replacement of the shortest prefix of `chunk` that the map knows.
    std::optional<std::string_view> find(std::string_view chunk) const;

  private:
    Result<void> check(const std::string& place) const;

    std::vector<uint32_t> m_units;
    std::string m_texts;  ///< NUL-terminated replacements one after another
};

}  // namespace lathe::tok
