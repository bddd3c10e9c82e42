// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/models/token_model.h"

#include "core/tokenizer/models/bpe.h"
#include "core/tokenizer/models/unigram.h"
#include "core/tokenizer/models/wordpiece.h"
#include "core/tokenizer/text/part_json.h"

namespace lathe::tok {
namespace {

constexpr std::size_t kMaxPieces = std::size_t(1) << 22;

/// Whole words only, as in character vocabularies of speech models.
class WordLevel : public TokenModel {
  public:
    WordLevel(Vocabulary vocabulary, std::optional<int32_t> unknown)
        : m_vocabulary(std::move(vocabulary)), m_unknown(unknown) {}
    void tokenize(std::string_view word, std::vector<WordToken>& out) const override {
        const auto id = m_vocabulary.find(word);
        if (id || m_unknown) out.push_back({id ? *id : *m_unknown, 0, static_cast<uint32_t>(word.size())});
    }
    const Vocabulary& vocabulary() const override { return m_vocabulary; }
    std::optional<int32_t> unknownId() const override { return m_unknown; }
    std::string kind() const override { return "word level"; }

  private:
    Vocabulary m_vocabulary;
    std::optional<int32_t> m_unknown;
};

Result<std::unique_ptr<TokenModel>> makeWordLevel(const Json& part, const std::string& place) {
    LATHE_TRY(auto vocabulary, Vocabulary::fromObject(part.value("vocab", Json()), place));
    LATHE_TRY(auto unknown, jsonString(part, "unk_token", "", place));
    const auto unknownId = vocabulary.find(unknown);
    return Result<std::unique_ptr<TokenModel>>(std::make_unique<WordLevel>(std::move(vocabulary), unknownId));
}

/// Very old files carry no type; the keys tell.
std::string modelType(const Json& part) {
    if (const auto it = part.find("type"); it != part.end() && it->is_string()) return it->get<std::string>();
    if (part.contains("merges")) return "BPE";
    if (part.contains("continuing_subword_prefix")) return "WordPiece";
    return part.contains("unk_id") ? "Unigram" : "WordLevel";
}

}  // namespace

Result<Vocabulary> Vocabulary::fromObject(const Json& vocab, const std::string& place) {
    if (!vocab.is_object() || vocab.empty()) return malformed("\"vocab\" must map pieces to ids", place);
    const std::size_t limit = vocab.size() * 4 + 1024;
    if (vocab.size() > kMaxPieces) return malformed("the vocabulary is too large", place);
    Vocabulary vocabulary;
    std::vector<bool> used;
    for (const auto& [piece, id] : vocab.items()) {
        if (!id.is_number_unsigned() || id.get<uint64_t>() >= limit)
            return malformed("the id of \"" + piece + "\" is not a small whole number", place);
        const auto at = id.get<std::size_t>();
        if (at >= used.size()) {
            used.resize(at + 1);
            vocabulary.m_pieces.resize(at + 1);
        }
        if (used[at]) return malformed("two pieces have the id " + std::to_string(at), place);
        used[at] = true;
        vocabulary.m_pieces[at] = piece;
    }
    vocabulary.index();
    return vocabulary;
}

Result<Vocabulary> Vocabulary::fromList(std::vector<std::string> pieces, const std::string& place) {
    if (pieces.empty() || pieces.size() > kMaxPieces)
        return malformed("the vocabulary is empty or too large", place);
    Vocabulary vocabulary;
    vocabulary.m_pieces = std::move(pieces);
    vocabulary.index();
    return vocabulary;
}

void Vocabulary::index() {
    m_ids.reserve(m_pieces.size());
    for (std::size_t id = 0; id < m_pieces.size(); ++id)
        if (!m_pieces[id].empty()) m_ids.insert_or_assign(m_pieces[id], static_cast<int32_t>(id));
}

std::optional<int32_t> Vocabulary::find(std::string_view piece) const {
    const auto it = m_ids.find(piece);
    return it == m_ids.end() ? std::nullopt : std::optional(it->second);
}

const std::string& Vocabulary::piece(int32_t id) const {
    static const std::string none;
    return id >= 0 && id < size() ? m_pieces[static_cast<std::size_t>(id)] : none;
}

std::vector<int32_t> byteFallbackIds(const Vocabulary& vocabulary) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::vector<int32_t> ids;
    for (int byte = 0; byte < 256; ++byte) {
        const auto id = vocabulary.find(std::string("<0x") + kHex[byte >> 4] + kHex[byte & 15] + ">");
        if (!id) return {};
        ids.push_back(*id);
    }
    return ids;
}

Result<std::unique_ptr<TokenModel>> makeTokenModel(const Json& part, const std::string& place) {
    if (!part.is_object()) return malformed("\"model\" must be an object", place);
    const std::string type = modelType(part);
    if (type == "BPE") return makeBpe(part, place);
    if (type == "WordPiece") return makeWordPiece(part, place);
    if (type == "Unigram") return makeUnigram(part, place);
    if (type == "WordLevel") return makeWordLevel(part, place);
    return unsupportedPart("tokenizer model", type, place);
}

}  // namespace lathe::tok
