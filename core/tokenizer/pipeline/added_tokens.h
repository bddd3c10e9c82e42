// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens that are found in the text before the model sees it: specials and later additions (methods.md,
// "Tokenizer pipeline").
#pragma once

#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/tokenizer/models/piece_trie.h"
#include "core/tokenizer/models/token_model.h"
#include "core/tokenizer/pipeline/normalizer.h"
#include "core/tokenizer/text/aligned_text.h"

namespace lathe::tok {

struct AddedToken {
    int32_t id = 0;
    std::string content;
    std::string decoded;  ///< what it is in a decoded text: the content, normalised where it is looked for so
    bool singleWord = false;
    bool stripsLeft = false;
    bool stripsRight = false;
    bool normalized = false;
    bool special = false;
};

/// Whether `span` and one of the ranges (ascending, not overlapping) have a byte in common.
bool overlapsAny(std::span<const TextSpan> ranges, TextSpan span);

/// A stretch of text: an added token, or text for the model (id -1).
struct AddedMatch {
    uint32_t begin = 0;
    uint32_t end = 0;
    int32_t id = -1;
};

class AddedTokens {
  public:
    /// From the "added_tokens" list; a token that the vocabulary holds keeps the vocabulary's id. The
    /// normaliser (may be null) rewrites the contents that are looked for in normalised text.
    static Result<AddedTokens> fromJson(const Json& list, const Vocabulary& vocabulary,
                                        const Normalizer* normalizer, const std::string& place);

    /// Cuts `text` at the tokens looked for in raw (`normalized` false) or in normalised text. Special tokens
    /// are not recognised where they came from a range of `plain`.
    std::vector<AddedMatch> cut(const AlignedText& text, bool normalized,
                                std::span<const TextSpan> plain) const {
        return (normalized ? m_normalized : m_raw).cut(text, m_byId, plain);
    }
    bool looksInNormalized() const { return m_normalized.any; }
    /// Null when the id is not an added token's.
    const AddedToken* find(int32_t id) const;
    std::optional<int32_t> idOf(std::string_view content) const;
    const std::map<int32_t, AddedToken>& byId() const { return m_byId; }
    bool isSpecial(int32_t id) const;
    /// Spelling and id of the special ones.
    std::vector<std::pair<std::string, int32_t>> specials() const;

  private:
    struct Matcher {
        void insert(std::string_view content, int32_t id);
        std::vector<AddedMatch> cut(const AlignedText& text, const std::map<int32_t, AddedToken>& byId,
                                    std::span<const TextSpan> plain) const;

        PieceTrie trie;
        std::array<bool, 256> firstBytes{};
        bool any = false;
    };

    Matcher m_raw, m_normalized;
    std::map<int32_t, AddedToken> m_byId;
    std::map<std::string, int32_t, std::less<>> m_ids;
};

}  // namespace lathe::tok
