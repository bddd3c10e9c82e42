// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/models/unigram.h"

#include <algorithm>
#include <cmath>

#include "core/tokenizer/models/piece_trie.h"
#include "core/tokenizer/models/word_cache.h"
#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

constexpr double kUnknownPenalty = 10.0;

class Unigram : public TokenModel {
  public:
    Unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<int32_t> unknown,
            bool byteFallback)
        : m_vocabulary(std::move(vocabulary)),
          m_scores(std::move(scores)),
          m_unknown(unknown),
          m_cacheOwner(newCacheOwner()) {
        for (int32_t id = 0; id < m_vocabulary.size(); ++id)
            if (!m_vocabulary.piece(id).empty()) m_trie.insert(m_vocabulary.piece(id), id);
        m_unknownScore = *std::min_element(m_scores.begin(), m_scores.end()) - kUnknownPenalty;
        if (byteFallback) m_fallbackIds = byteFallbackIds(m_vocabulary);
    }

    void tokenize(std::string_view word, std::vector<WordToken>& out) const override {
        if (word.empty()) return;
        WordCache& cache = WordCache::ofThread();
        if (cache.find(m_cacheOwner, word, out)) return;
        const std::size_t first = out.size();
        readPath(word, bestPath(word), out);
        cache.keep(m_cacheOwner, word, out, first);
    }
    const Vocabulary& vocabulary() const override { return m_vocabulary; }
    std::optional<int32_t> unknownId() const override { return m_unknown; }
    std::string kind() const override { return "Unigram"; }

  private:
    struct Node {
        double score = 0;
        int64_t begin = -1;  ///< where the best piece that ends here begins; -1 when nothing ends here
        int32_t id = -1;     ///< -1 for an unknown character
    };

    std::vector<Node> bestPath(std::string_view word) const {
        std::vector<Node> ends(word.size() + 1);
        const auto offer = [&](std::size_t begin, std::size_t end, double score, int32_t id) {
            Node& node = ends[end];
            if (node.begin < 0 || score > node.score) node = {score, static_cast<int64_t>(begin), id};
        };
        for (std::size_t at = 0; at < word.size();) {
            std::size_t next = at;
            nextCodePoint(word, next);
            const std::size_t width = next - at;
            const double scoreHere = ends[at].score;
            bool single = false;
            m_trie.eachMatch(PieceTrie::kRoot, word, at, [&](std::size_t length, int32_t id) {
                offer(at, at + length, scoreHere + m_scores[static_cast<std::size_t>(id)], id);
                single = single || length == width;
            });
            if (!single) offer(at, next, scoreHere + m_unknownScore, -1);
            at = next;
        }
        return ends;
    }

    void readPath(std::string_view word, const std::vector<Node>& ends, std::vector<WordToken>& out) const {
        const std::size_t first = out.size();
        for (std::size_t end = word.size(); end > 0;) {
            const Node& node = ends[end];
            const bool unknown = node.id < 0 || node.id == m_unknown;
            // Unknown characters that follow each other are one unknown stretch.
            if (unknown && out.size() > first && out.back().id == -1)
                out.back().begin = static_cast<uint32_t>(node.begin);
            else
                out.push_back(
                    {unknown ? -1 : node.id, static_cast<uint32_t>(node.begin), static_cast<uint32_t>(end)});
            end = static_cast<std::size_t>(node.begin);
        }
        std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
        replaceUnknown(word, first, out);
    }

    void replaceUnknown(std::string_view word, std::size_t first, std::vector<WordToken>& out) const {
        if (std::none_of(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                         [](const WordToken& t) { return t.id < 0; }))
            return;
        const std::vector<WordToken> tokens(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
        out.resize(first);
        for (const WordToken& token : tokens) {
            if (token.id >= 0) {
                out.push_back(token);
                continue;
            }
            const auto whole = m_vocabulary.find(word.substr(token.begin, token.end - token.begin));
            if (whole) {
                out.push_back({*whole, token.begin, token.end});
            } else if (!m_fallbackIds.empty()) {
                for (uint32_t i = token.begin; i < token.end; ++i)
                    out.push_back(
                        {m_fallbackIds[static_cast<unsigned char>(word[i])], token.begin, token.end});
            } else if (m_unknown) {
                out.push_back({*m_unknown, token.begin, token.end});
            }
        }
    }

    Vocabulary m_vocabulary;
    std::vector<double> m_scores;
    std::optional<int32_t> m_unknown;
    std::vector<int32_t> m_fallbackIds;
    PieceTrie m_trie;
    double m_unknownScore = 0;
    uint32_t m_cacheOwner;
};

}  // namespace

Result<std::unique_ptr<TokenModel>> makeUnigram(const Json& part, const std::string& place) {
    LATHE_TRY(auto list, partArray(part, "vocab", place));
    std::vector<std::string> pieces;
    std::vector<double> scores;
    for (const auto& entry : *list) {
        const bool whole =
            entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number();
        if (!whole || !std::isfinite(entry[1].get<double>()))
            return malformed(
                "entry " + std::to_string(pieces.size()) + " of \"vocab\" must be [piece, score]", place);
        pieces.push_back(entry[0].get<std::string>());
        scores.push_back(entry[1].get<double>());
    }
    LATHE_TRY(auto unknown, jsonInteger(part, "unk_id", -1, place));
    LATHE_TRY(auto byteFallback, jsonBool(part, "byte_fallback", false, place));
    LATHE_TRY(auto vocabulary, Vocabulary::fromList(std::move(pieces), place));
    if (unknown >= vocabulary.size()) return malformed("\"unk_id\" is not in the vocabulary", place);
    const auto unknownId = unknown < 0 ? std::nullopt : std::optional(static_cast<int32_t>(unknown));
    return Result<std::unique_ptr<TokenModel>>(
        std::make_unique<Unigram>(std::move(vocabulary), std::move(scores), unknownId, byteFallback));
}

}  // namespace lathe::tok
