// SPDX-License-Identifier: GPL-3.0-or-later
// How near written texts come to the wanted ones, over all rows together, as sacrebleu computes it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace lathe {

/// BLEU of words up to 4 in a row (Papineni et al. 2002; mteval-13a's words, exponential smoothing, one
/// reference). Chinese characters are words of their own. chrF2 of characters up to 6 in a row (Popović
/// 2015).
class TextScores {
  public:
    void add(const std::string& written, const std::string& wanted);

    double bleu() const;  ///< 0 to 100
    double chrf() const;  ///< 0 to 100

  private:
    static constexpr std::size_t kWords = 4, kCharacters = 6;
    struct Counts {
        int64_t written = 0, wanted = 0, both = 0;
    };
    std::array<Counts, kWords> m_words;
    std::array<Counts, kCharacters> m_characters;
    int64_t m_writtenWords = 0, m_wantedWords = 0;
};

}  // namespace lathe
