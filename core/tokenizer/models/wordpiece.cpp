// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/models/wordpiece.h"

#include <algorithm>

#include "core/tokenizer/models/piece_trie.h"
#include "core/tokenizer/models/word_cache.h"
#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

class WordPiece : public TokenModel {
  public:
    WordPiece(Vocabulary vocabulary, int32_t unknown, std::string_view prefix, int64_t maxCharacters)
        : m_vocabulary(std::move(vocabulary)),
          m_unknown(unknown),
          m_maxCharacters(maxCharacters),
          m_cacheOwner(newCacheOwner()) {
        for (int32_t id = 0; id < m_vocabulary.size(); ++id)
            if (!m_vocabulary.piece(id).empty()) m_trie.insert(m_vocabulary.piece(id), id);
        m_inside = m_trie.descend(prefix);
    }

    void tokenize(std::string_view word, std::vector<WordToken>& out) const override {
        WordCache& cache = WordCache::ofThread();
        if (cache.find(m_cacheOwner, word, out)) return;
        const std::size_t first = out.size();
        if (!isTooLong(word) && cut(word, out)) {
            cache.keep(m_cacheOwner, word, out, first);
            return;
        }
        out.resize(first);
        out.push_back({m_unknown, 0, static_cast<uint32_t>(word.size())});
    }
    const Vocabulary& vocabulary() const override { return m_vocabulary; }
    std::optional<int32_t> unknownId() const override { return m_unknown; }
    std::string kind() const override { return "WordPiece"; }

  private:
    bool isTooLong(std::string_view word) const {
        return std::count_if(word.begin(), word.end(), [](char c) { return !isContinuation(c); }) >
               m_maxCharacters;
    }

    bool cut(std::string_view word, std::vector<WordToken>& out) const {
        for (std::size_t at = 0; at < word.size();) {
            if (at > 0 && !m_inside) return false;
            std::size_t longest = 0;
            int32_t id = 0;
            m_trie.eachMatch(at == 0 ? PieceTrie::kRoot : *m_inside, word, at,
                             [&](std::size_t length, int32_t found) {
                                 longest = length;
                                 id = found;
                             });
            if (longest == 0) return false;
            out.push_back({id, static_cast<uint32_t>(at), static_cast<uint32_t>(at + longest)});
            at += longest;
        }
        return true;
    }

    Vocabulary m_vocabulary;
    PieceTrie m_trie;
    std::optional<uint32_t> m_inside;  ///< the trie's node for pieces that go on a word
    int32_t m_unknown;
    int64_t m_maxCharacters;
    uint32_t m_cacheOwner;
};

}  // namespace

Result<std::unique_ptr<TokenModel>> makeWordPiece(const Json& part, const std::string& place) {
    LATHE_TRY(auto vocabulary, Vocabulary::fromObject(part.value("vocab", Json()), place));
    LATHE_TRY(auto unknown, jsonString(part, "unk_token", "[UNK]", place));
    LATHE_TRY(auto prefix, jsonString(part, "continuing_subword_prefix", "##", place));
    LATHE_TRY(auto maxCharacters, jsonInteger(part, "max_input_chars_per_word", 100, place));
    const auto unknownId = vocabulary.find(unknown);
    if (!unknownId) return malformed("the unknown token \"" + unknown + "\" is not in the vocabulary", place);
    return Result<std::unique_ptr<TokenModel>>(
        std::make_unique<WordPiece>(std::move(vocabulary), *unknownId, prefix, maxCharacters));
}

}  // namespace lathe::tok
