// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/models/bpe.h"

#include <algorithm>
#include <array>
#include <queue>

#include "core/tokenizer/models/flat_map.h"
#include "core/tokenizer/models/word_cache.h"
#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

/// Above this many symbols the plain search for the best pair gives way to a queue.
constexpr std::size_t kShortWord = 48;
constexpr std::size_t kMaxMerges = std::size_t(1) << 23;

struct BpeOptions {
    std::string unknown, prefix, suffix;
    bool fuseUnknown = false, byteFallback = false, ignoreMerges = false;
};

uint64_t pairKey(int32_t left, int32_t right) {
    return uint64_t(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

/// A merge in 64 bits: rank above, the id of the joined piece below; so smaller means earlier.
uint64_t mergeValue(std::size_t rank, int32_t id) {
    return uint64_t(rank) << 32 | static_cast<uint32_t>(id);
}
int32_t mergedId(uint64_t merge) {
    return static_cast<int32_t>(merge & 0xFFFFFFFFu);
}

class Bpe : public TokenModel {
  public:
    Bpe(Vocabulary vocabulary, BpeOptions options)
        : m_vocabulary(std::move(vocabulary)), m_options(std::move(options)), m_cacheOwner(newCacheOwner()) {
        if (!m_options.unknown.empty()) m_unknown = m_vocabulary.find(m_options.unknown);
        if (m_options.byteFallback) m_fallbackIds = byteFallbackIds(m_vocabulary);
        for (int byte = 0; byte < 256; ++byte) {
            const auto id = m_vocabulary.find(byteCharacters()[static_cast<std::size_t>(byte)]);
            m_byteIds[static_cast<std::size_t>(byte)] = id ? *id : -1;
        }
    }

    Result<void> addMerges(const Json& merges, const std::string& place);

    void tokenize(std::string_view word, std::vector<WordToken>& out) const override;
    const Vocabulary& vocabulary() const override { return m_vocabulary; }
    std::optional<int32_t> unknownId() const override { return m_unknown; }
    std::string kind() const override { return m_bytes ? "byte-level BPE" : "BPE"; }
    bool canTakeBytes() const override {
        return !m_unknown && !m_options.byteFallback && m_options.prefix.empty() && m_options.suffix.empty();
    }
    void takeBytes() override;

  private:
    void symbolsOfCharacters(std::string_view word, std::vector<WordToken>& symbols) const;
    void addUnknown(std::string_view word, std::size_t begin, std::size_t end, bool& open,
                    std::vector<WordToken>& symbols) const;
    std::optional<int32_t> wholeWord(std::string_view word) const;
    std::size_t mergeShort(WordToken* symbols, std::size_t count) const;
    std::size_t mergeLong(WordToken* symbols, std::size_t count) const;
    uint64_t mergeOf(const WordToken& left, const WordToken& right) const {
        return m_merges.find(pairKey(left.id, right.id));
    }

    Vocabulary m_vocabulary;
    BpeOptions m_options;
    FlatMap m_merges;
    std::array<int32_t, 256> m_byteIds{};
    std::vector<int32_t> m_fallbackIds;
    std::optional<int32_t> m_unknown;
    std::unordered_map<std::string, int32_t> m_words;  ///< whole words as plain bytes, for ignore_merges
    uint32_t m_cacheOwner;
    bool m_bytes = false;
};

Result<std::pair<std::string, std::string>> mergeParts(const Json& merge, std::size_t index,
                                                       const std::string& place) {
    const Error bad = malformed("merge " + std::to_string(index) + " must be two pieces", place);
    if (merge.is_array()) {
        if (merge.size() != 2 || !merge[0].is_string() || !merge[1].is_string()) return bad;
        return std::pair(merge[0].get<std::string>(), merge[1].get<std::string>());
    }
    if (!merge.is_string()) return bad;
    const auto text = merge.get<std::string>();
    const auto space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) return bad;
    return std::pair(text.substr(0, space), text.substr(space + 1));
}

Result<void> Bpe::addMerges(const Json& merges, const std::string& place) {
    if (!merges.is_array() || merges.size() > kMaxMerges)
        return malformed("\"merges\" must be a list", place);
    m_merges.reset(merges.size());
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
        LATHE_TRY(auto parts, mergeParts(merges[rank], rank, place));
        const auto& [left, right] = parts;
        if (right.size() < m_options.prefix.size())
            return malformed("merge " + std::to_string(rank) + " lacks the subword prefix", place);
        const auto leftId = m_vocabulary.find(left);
        const auto rightId = m_vocabulary.find(right);
        const auto joined = m_vocabulary.find(left + right.substr(m_options.prefix.size()));
        if (!leftId || !rightId || !joined)
            return malformed("merge " + std::to_string(rank) + " (" + left + " " + right +
                                 ") names a piece that is not in the vocabulary",
                             place);
        m_merges.insert(pairKey(*leftId, *rightId), mergeValue(rank, *joined));
    }
    return {};
}

void Bpe::takeBytes() {
    m_bytes = true;
    if (!m_options.ignoreMerges) return;
    for (int32_t id = 0; id < m_vocabulary.size(); ++id) {
        const std::string& piece = m_vocabulary.piece(id);
        std::string bytes;
        bool whole = !piece.empty();
        for (std::size_t at = 0; whole && at < piece.size();) {
            const int byte = byteOfCharacter(nextCodePoint(piece, at));
            whole = byte >= 0;
            bytes += static_cast<char>(byte);
        }
        if (whole) m_words.emplace(std::move(bytes), id);
    }
}

std::optional<int32_t> Bpe::wholeWord(std::string_view word) const {
    if (!m_bytes) return m_vocabulary.find(word);
    const auto it = m_words.find(std::string(word));
    return it == m_words.end() ? std::nullopt : std::optional(it->second);
}

void Bpe::tokenize(std::string_view word, std::vector<WordToken>& out) const {
    if (word.empty()) return;
    WordCache& cache = WordCache::ofThread();
    if (cache.find(m_cacheOwner, word, out)) return;
    const std::size_t first = out.size();
    const auto whole = m_options.ignoreMerges ? wholeWord(word) : std::nullopt;
    if (whole) {
        out.push_back({*whole, 0, static_cast<uint32_t>(word.size())});
    } else {
        if (m_bytes) {
            for (std::size_t i = 0; i < word.size(); ++i) {
                const int32_t id = m_byteIds[static_cast<unsigned char>(word[i])];
                if (id >= 0) out.push_back({id, static_cast<uint32_t>(i), static_cast<uint32_t>(i + 1)});
            }
        } else {
            symbolsOfCharacters(word, out);
        }
        const std::size_t count = out.size() - first;
        out.resize(first + (count <= kShortWord ? mergeShort(out.data() + first, count)
                                                : mergeLong(out.data() + first, count)));
    }
    cache.keep(m_cacheOwner, word, out, first);
}

void Bpe::addUnknown(std::string_view word, std::size_t begin, std::size_t end, bool& open,
                     std::vector<WordToken>& symbols) const {
    if (!m_fallbackIds.empty()) {
        for (std::size_t i = begin; i < end; ++i)
            symbols.push_back({m_fallbackIds[static_cast<unsigned char>(word[i])], static_cast<uint32_t>(i),
                               static_cast<uint32_t>(i + 1)});
    } else if (m_unknown && open && m_options.fuseUnknown) {
        symbols.back().end = static_cast<uint32_t>(end);
    } else if (m_unknown) {
        symbols.push_back({*m_unknown, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
        open = true;
    }
}

void Bpe::symbolsOfCharacters(std::string_view word, std::vector<WordToken>& symbols) const {
    const bool decorated = !m_options.prefix.empty() || !m_options.suffix.empty();
    bool unknownOpen = false;
    std::string name;
    for (std::size_t at = 0; at < word.size();) {
        const std::size_t begin = at;
        nextCodePoint(word, at);
        std::string_view symbol = word.substr(begin, at - begin);
        if (decorated) {
            name.assign(begin > 0 ? m_options.prefix : std::string()).append(symbol);
            if (at == word.size()) name += m_options.suffix;
            symbol = name;
        }
        if (const auto id = m_vocabulary.find(symbol)) {
            symbols.push_back({*id, static_cast<uint32_t>(begin), static_cast<uint32_t>(at)});
            unknownOpen = false;
        } else {
            addUnknown(word, begin, at, unknownOpen, symbols);
        }
    }
}

std::size_t Bpe::mergeShort(WordToken* symbols, std::size_t count) const {
    if (count < 2) return count;
    std::array<uint64_t, kShortWord> merges;
    for (std::size_t i = 0; i + 1 < count; ++i) merges[i] = mergeOf(symbols[i], symbols[i + 1]);
    while (count > 1) {
        std::size_t best = 0;
        for (std::size_t i = 1; i + 1 < count; ++i)
            if (merges[i] < merges[best]) best = i;
        if (merges[best] == FlatMap::kMissing) break;
        symbols[best].id = mergedId(merges[best]);
        symbols[best].end = symbols[best + 1].end;
        std::move(symbols + best + 2, symbols + count, symbols + best + 1);
        --count;
        for (std::size_t i = best + 1; i + 1 < count; ++i) merges[i] = merges[i + 1];
        if (best > 0) merges[best - 1] = mergeOf(symbols[best - 1], symbols[best]);
        if (best + 1 < count) merges[best] = mergeOf(symbols[best], symbols[best + 1]);
    }
    return count;
}

std::size_t Bpe::mergeLong(WordToken* symbols, std::size_t count) const {
    // Small, as a word may be a file of megabytes; its offsets have 32 bits, too.
    struct Candidate {
        uint32_t rank, left;
        int32_t leftId, rightId;  // what the pair was when it was found; anything else means stale
        bool operator>(const Candidate& other) const {
            return rank != other.rank ? rank > other.rank : left > other.left;
        }
    };
    constexpr uint32_t kEnd = ~uint32_t(0);
    std::vector<uint32_t> previous(count), next(count);
    for (uint32_t i = 0; i < count; ++i) {
        previous[i] = i == 0 ? kEnd : i - 1;
        next[i] = i + 1 < count ? i + 1 : kEnd;
    }
    std::vector<Candidate> room;
    room.reserve(count);
    std::priority_queue queue(std::greater<>(), std::move(room));
    const auto offer = [&](uint32_t left) {
        if (left == kEnd || next[left] == kEnd) return;
        const uint64_t merge = mergeOf(symbols[left], symbols[next[left]]);
        if (merge != FlatMap::kMissing)
            queue.push({static_cast<uint32_t>(merge >> 32), left, symbols[left].id, symbols[next[left]].id});
    };
    for (uint32_t i = 0; i + 1 < count; ++i) offer(i);
    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        const uint32_t left = best.left, right = next[left];
        if (right == kEnd || symbols[left].id != best.leftId || symbols[right].id != best.rightId) continue;
        symbols[left].id = mergedId(mergeOf(symbols[left], symbols[right]));
        symbols[left].end = symbols[right].end;
        symbols[right].id = -1;
        next[left] = next[right];
        if (next[right] != kEnd) previous[next[right]] = left;
        next[right] = kEnd;
        offer(previous[left]);
        offer(left);
    }
    const auto last = std::remove_if(symbols, symbols + count, [](const WordToken& s) { return s.id < 0; });
    return static_cast<std::size_t>(last - symbols);
}

}  // namespace

Result<std::unique_ptr<TokenModel>> makeBpe(const Json& part, const std::string& place) {
    BpeOptions options;
    LATHE_TRY(options.unknown, jsonString(part, "unk_token", "", place));
    LATHE_TRY(options.prefix, jsonString(part, "continuing_subword_prefix", "", place));
    LATHE_TRY(options.suffix, jsonString(part, "end_of_word_suffix", "", place));
    LATHE_TRY(options.fuseUnknown, jsonBool(part, "fuse_unk", false, place));
    LATHE_TRY(options.byteFallback, jsonBool(part, "byte_fallback", false, place));
    LATHE_TRY(options.ignoreMerges, jsonBool(part, "ignore_merges", false, place));
    const auto vocab = part.find("vocab");
    const auto merges = part.find("merges");
    if (vocab == part.end() || merges == part.end())
        return malformed("BPE needs \"vocab\" and \"merges\"", place);
    LATHE_TRY(auto vocabulary, Vocabulary::fromObject(*vocab, place));
    auto model = std::make_unique<Bpe>(std::move(vocabulary), std::move(options));
    LATHE_TRY_VOID(model->addMerges(*merges, place));
    return Result<std::unique_ptr<TokenModel>>(std::move(model));
}

}  // namespace lathe::tok
