// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/gguf_tokenizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"
#include "core/tokenizer/text/word_rules.h"

namespace lathe {
namespace {

using tok::malformed;

constexpr const char* kMark = "\xE2\x96\x81";
// Values of tokenizer.ggml.token_type.
constexpr int64_t kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4;

/// The lists of a GGUF vocabulary, checked against each other.
struct GgufVocabulary {
    std::vector<std::string> tokens;
    std::vector<int64_t> types;  ///< empty when the file has none
    std::vector<double> scores;  ///< empty when the file has none

    int64_t typeOf(std::size_t id) const { return types.empty() ? kNormal : types[id]; }
};

const Json& value(const Json& metadata, const std::string& key) {
    static const Json none;
    const auto it = metadata.find("tokenizer.ggml." + key);
    return it == metadata.end() ? none : *it;
}

template <class T, class Check>
Result<std::vector<T>> readList(const Json& list, Check check, const std::string& key,
                                const std::string& place) {
    std::vector<T> out;
    if (list.is_null()) return out;
    if (!list.is_array()) return malformed("tokenizer.ggml." + key + " must be a list", place);
    out.reserve(list.size());
    for (const auto& item : list) {
        if (!check(item))
            return malformed("tokenizer.ggml." + key + " holds a value of the wrong type", place);
        out.push_back(item.get<T>());
    }
    return out;
}

Result<GgufVocabulary> readVocabulary(const Json& metadata, const std::string& place) {
    GgufVocabulary v;
    LATHE_TRY(v.tokens,
              readList<std::string>(
                  value(metadata, "tokens"), [](const Json& j) { return j.is_string(); }, "tokens", place));
    LATHE_TRY(v.types, readList<int64_t>(
                           value(metadata, "token_type"), [](const Json& j) { return j.is_number_integer(); },
                           "token_type", place));
    LATHE_TRY(v.scores,
              readList<double>(
                  value(metadata, "scores"), [](const Json& j) { return j.is_number(); }, "scores", place));
    if (v.tokens.empty()) return malformed("there is no vocabulary (tokenizer.ggml.tokens)", place);
    if (!v.types.empty() && v.types.size() != v.tokens.size())
        return malformed("tokenizer.ggml.token_type and tokens differ in length", place);
    if (!v.scores.empty() && v.scores.size() != v.tokens.size())
        return malformed("tokenizer.ggml.scores and tokens differ in length", place);
    return v;
}

Result<Json> vocabObject(const std::vector<std::string>& tokens, const std::string& place) {
    Json vocab = Json::object();
    for (std::size_t id = 0; id < tokens.size(); ++id)
        if (!vocab.emplace(tokens[id], id).second)
            return malformed("the token \"" + tokens[id] + "\" appears twice in the vocabulary", place);
    return vocab;
}

Json addedTokens(const GgufVocabulary& v) {
    Json added = Json::array();
    for (std::size_t id = 0; id < v.tokens.size(); ++id) {
        const int64_t type = v.typeOf(id);
        if (type != kControl && type != kUserDefined && type != kUnknown) continue;
        added.push_back({{"id", id},
                         {"content", v.tokens[id]},
                         {"single_word", false},
                         {"lstrip", false},
                         {"rstrip", false},
                         {"normalized", false},
                         {"special", type != kUserDefined}});
    }
    return added;
}

constexpr int64_t kNoToken = -1;

/// The id under `key`, or kNoToken when there is none or it lies outside the vocabulary.
Result<int64_t> tokenId(const Json& metadata, const char* key, const GgufVocabulary& v,
                        const std::string& place) {
    LATHE_TRY(auto id,
              jsonInteger(metadata, (std::string("tokenizer.ggml.") + key).c_str(), kNoToken, place));
    return id < 0 || id >= static_cast<int64_t>(v.tokens.size()) ? kNoToken : id;
}

Json templateOf(const GgufVocabulary& v, int64_t before, int64_t after) {
    Json single = Json::array(), pair = Json::array(), specials = Json::object();
    const auto mark = [&](Json& list, int64_t id, int typeId) {
        if (id == kNoToken) return;
        const std::string& text = v.tokens[static_cast<std::size_t>(id)];
        list.push_back({{"SpecialToken", {{"id", text}, {"type_id", typeId}}}});
        specials[text] = {{"id", text}, {"ids", Json::array({id})}, {"tokens", Json::array({text})}};
    };
    const auto text = [](Json& list, const char* name, int typeId) {
        list.push_back({{"Sequence", {{"id", name}, {"type_id", typeId}}}});
    };
    mark(single, before, 0);
    text(single, "A", 0);
    mark(single, after, 0);
    pair = single;
    text(pair, "B", 1);
    mark(pair, after, 1);
    return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", specials}};
}

/// The start and end tokens that the file asks for; `bosByDefault` where it does not say.
Result<Json> boundaryTemplate(const Json& metadata, const GgufVocabulary& v, bool bosByDefault,
                              const std::string& place) {
    LATHE_TRY(auto addBos, jsonBool(metadata, "tokenizer.ggml.add_bos_token", bosByDefault, place));
    LATHE_TRY(auto addEos, jsonBool(metadata, "tokenizer.ggml.add_eos_token", false, place));
    LATHE_TRY(auto bos, tokenId(metadata, "bos_token_id", v, place));
    LATHE_TRY(auto eos, tokenId(metadata, "eos_token_id", v, place));
    if (!addBos) bos = kNoToken;
    if (!addEos) eos = kNoToken;
    if (bos == kNoToken && eos == kNoToken) return Json();
    return templateOf(v, bos, eos);
}

Json byteLevel(bool useRegex) {
    return {
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", useRegex}};
}

template <std::size_t N>
bool isOneOf(const std::string& name, const std::array<const char*, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The splitting rules by the names that llama.cpp gives them.
Result<Json> preTokenizerOf(const std::string& pre, const std::string& place) {
    constexpr std::array kGpt2 = {"",    "default", "gpt-2", "phi-2",   "roberta-bpe",
                                  "mpt", "olmo",    "jais",  "jina-es", "jina-de"};
    constexpr std::array kDigits = {"smollm",    "starcoder", "refact",    "command-r",
                                    "codeshell", "exaone",    "minerva-7b"};
    constexpr std::array kLlama3 = {"llama3", "llama-v3", "llama-bpe", "falcon3", "smaug-bpe", "dbrx"};
    constexpr std::array kQwen2 = {"qwen2", "stablelm2", "deepseek-r1-qwen", "megrez"};
    if (isOneOf(pre, kGpt2)) return byteLevel(true);
    if (isOneOf(pre, kDigits))
        return Json{{"type", "Sequence"},
                    {"pretokenizers",
                     Json::array({{{"type", "Digits"}, {"individual_digits", true}}, byteLevel(true)})}};
    if (!isOneOf(pre, kLlama3) && !isOneOf(pre, kQwen2))
        return Error{ErrorCode::Unsupported,
                     "the splitting rule \"" + pre + "\" (tokenizer.ggml.pre) is not known", place,
                     "use the model's Hugging Face folder instead of its GGUF file"};
    const auto expression = isOneOf(pre, kLlama3) ? tok::kLlama3Expression : tok::kQwen2Expression;
    const Json split = {
        {"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}, {"invert", false}};
    return Json{{"type", "Sequence"}, {"pretokenizers", Json::array({split, byteLevel(false)})}};
}

Json description(const GgufVocabulary& v, Json normalizer, Json preTokenizer, Json postProcessor,
                 Json decoder, Json model) {
    return {{"version", "1.0"},
            {"truncation", nullptr},
            {"padding", nullptr},
            {"added_tokens", addedTokens(v)},
            {"normalizer", std::move(normalizer)},
            {"pre_tokenizer", std::move(preTokenizer)},
            {"post_processor", std::move(postProcessor)},
            {"decoder", std::move(decoder)},
            {"model", std::move(model)}};
}

Result<Json> byteLevelJson(const Json& metadata, const GgufVocabulary& v, const std::string& place) {
    LATHE_TRY(auto pre, jsonString(metadata, "tokenizer.ggml.pre", "", place));
    LATHE_TRY(auto preTokenizer, preTokenizerOf(pre, place));
    const bool isLlama3 = pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3" || pre == "falcon3";
    LATHE_TRY(auto vocab, vocabObject(v.tokens, place));
    LATHE_TRY(auto postProcessor, boundaryTemplate(metadata, v, isLlama3, place));
    const Json& merges = value(metadata, "merges");
    if (!merges.is_array()) return malformed("there are no merges (tokenizer.ggml.merges)", place);
    Json model = {{"type", "BPE"},
                  {"byte_fallback", false},
                  {"ignore_merges", isLlama3},
                  {"vocab", std::move(vocab)},
                  {"merges", merges}};
    return description(v, Json(), std::move(preTokenizer), std::move(postProcessor), byteLevel(true),
                       std::move(model));
}

/// Merges that join pieces in the order of their scores, as a BPE model of sentencepiece does.
Json mergesByScore(const GgufVocabulary& v, const Json& vocab) {
    struct Merge {
        std::string left, right;
        double score;
        std::size_t leftLength, rightLength, leftId, rightId;
    };
    std::vector<Merge> merges;
    for (std::size_t id = 0; id < v.tokens.size(); ++id) {
        const std::string& piece = v.tokens[id];
        const std::size_t first = merges.size();
        std::size_t length = 0, total = 0;
        for (std::size_t at = 0; at < piece.size(); ++total) tok::nextCodePoint(piece, at);
        for (std::size_t at = 0; at < piece.size();) {
            tok::nextCodePoint(piece, at);
            ++length;
            if (at == piece.size()) break;
            const auto left = vocab.find(piece.substr(0, at));
            const auto right = vocab.find(piece.substr(at));
            if (left == vocab.end() || right == vocab.end()) continue;
            merges.push_back({piece.substr(0, at), piece.substr(at), v.scores[id], length, total - length,
                              left->get<std::size_t>(), right->get<std::size_t>()});
        }
        std::sort(merges.begin() + static_cast<std::ptrdiff_t>(first), merges.end(),
                  [](const Merge& a, const Merge& b) {
                      return std::pair(a.leftId, a.rightId) < std::pair(b.leftId, b.rightId);
                  });
    }
    std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
        return std::tuple(a.score, a.leftLength, a.rightLength) >
               std::tuple(b.score, b.leftLength, b.rightLength);
    });
    Json out = Json::array();
    for (const Merge& merge : merges) out.push_back(Json::array({merge.left, merge.right}));
    return out;
}

Result<Json> sentencePieceJson(const Json& metadata, const GgufVocabulary& v, const std::string& place) {
    constexpr std::size_t kMaxPiece = 4096;
    if (v.scores.empty()) return malformed("there are no scores (tokenizer.ggml.scores)", place);
    for (std::size_t id = 0; id < v.tokens.size(); ++id)
        if (v.tokens[id].size() > kMaxPiece || !std::isfinite(v.scores[id]))
            return malformed("piece " + std::to_string(id) + " is too long or has no usable score", place);
    LATHE_TRY(auto addPrefix, jsonBool(metadata, "tokenizer.ggml.add_space_prefix", true, place));
    LATHE_TRY(auto unknown, tokenId(metadata, "unknown_token_id", v, place));
    LATHE_TRY(auto postProcessor, boundaryTemplate(metadata, v, true, place));
    LATHE_TRY(auto vocab, vocabObject(v.tokens, place));
    Json merges = mergesByScore(v, vocab);
    const std::string unknownText = v.tokens[static_cast<std::size_t>(std::max<int64_t>(unknown, 0))];
    Json normalizers = Json::array();
    if (addPrefix) normalizers.push_back({{"type", "Prepend"}, {"prepend", kMark}});
    normalizers.push_back({{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", kMark}});
    Json decoders = Json::array({{{"type", "Replace"}, {"pattern", {{"String", kMark}}}, {"content", " "}},
                                 {{"type", "ByteFallback"}},
                                 {{"type", "Fuse"}}});
    if (addPrefix) decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    Json model = {{"type", "BPE"},         {"unk_token", unknownText},  {"fuse_unk", true},
                  {"byte_fallback", true}, {"vocab", std::move(vocab)}, {"merges", std::move(merges)}};
    return description(v, {{"type", "Sequence"}, {"normalizers", normalizers}}, Json(),
                       std::move(postProcessor), {{"type", "Sequence"}, {"decoders", decoders}},
                       std::move(model));
}

/// llama.cpp stores "word" as "▁word" and "##part" as "part"; bracketed tokens stay as they are.
std::string wordPieceOf(const std::string& token) {
    if (token.starts_with(kMark)) return token.substr(std::string_view(kMark).size());
    if (token.starts_with('[') && token.ends_with(']')) return token;
    return "##" + token;
}

Result<Json> bertJson(const Json& metadata, GgufVocabulary v, const std::string& place) {
    for (auto& token : v.tokens) token = wordPieceOf(token);
    // The file does not say whether it is cased; a lower-cased vocabulary holds no capital word.
    const bool cased = std::any_of(v.tokens.begin(), v.tokens.end(), [](const std::string& token) {
        return !token.empty() && token[0] >= 'A' && token[0] <= 'Z';
    });
    LATHE_TRY(auto vocab, vocabObject(v.tokens, place));
    const auto idOf = [&](const char* text) {
        const auto it = vocab.find(text);
        return it == vocab.end() ? kNoToken : it->get<int64_t>();
    };
    const Json postProcessor = templateOf(v, idOf("[CLS]"), idOf("[SEP]"));
    if (v.types.empty()) v.types.assign(v.tokens.size(), kNormal);
    for (const char* text : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"})
        if (const auto id = idOf(text); id != kNoToken) v.types[static_cast<std::size_t>(id)] = kControl;
    const Json normalizer = {{"type", "BertNormalizer"},
                             {"clean_text", true},
                             {"handle_chinese_chars", true},
                             {"strip_accents", nullptr},
                             {"lowercase", !cased}};
    LATHE_TRY(auto unknown, tokenId(metadata, "unknown_token_id", v, place));
    const std::string unknownText =
        unknown == kNoToken ? "[UNK]" : v.tokens[static_cast<std::size_t>(unknown)];
    Json model = {{"type", "WordPiece"},
                  {"unk_token", unknownText},
                  {"continuing_subword_prefix", "##"},
                  {"max_input_chars_per_word", 100},
                  {"vocab", std::move(vocab)}};
    return description(v, normalizer, {{"type", "BertPreTokenizer"}}, postProcessor,
                       {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}, std::move(model));
}

}  // namespace

Result<Json> ggufTokenizerJson(const Json& metadata, const std::string& place) {
    LATHE_TRY(auto model, jsonString(metadata, "tokenizer.ggml.model", "", place));
    if (model.empty()) return malformed("the file holds no tokenizer (tokenizer.ggml.model)", place);
    LATHE_TRY(auto vocabulary, readVocabulary(metadata, place));
    if (model == "gpt2") return byteLevelJson(metadata, vocabulary, place);
    if (model == "llama") return sentencePieceJson(metadata, vocabulary, place);
    if (model == "bert") return bertJson(metadata, std::move(vocabulary), place);
    return Error{ErrorCode::Unsupported,
                 "the tokenizer \"" + model + "\" (tokenizer.ggml.model) is not known", place,
                 "use the model's Hugging Face folder instead of its GGUF file"};
}

Result<tok::TokenizerExtras> ggufTokenizerExtras(const Json& metadata, const std::string& place) {
    constexpr std::array<std::pair<const char*, const char*>, 8> kKeys{{{"bos_token_id", "bos_token"},
                                                                        {"eos_token_id", "eos_token"},
                                                                        {"unknown_token_id", "unk_token"},
                                                                        {"padding_token_id", "pad_token"},
                                                                        {"cls_token_id", "cls_token"},
                                                                        {"seperator_token_id", "sep_token"},
                                                                        {"separator_token_id", "sep_token"},
                                                                        {"mask_token_id", "mask_token"}}};
    LATHE_TRY(auto vocabulary, readVocabulary(metadata, place));
    LATHE_TRY(auto model, jsonString(metadata, "tokenizer.ggml.model", "", place));
    tok::TokenizerExtras extras;
    for (const auto& [key, role] : kKeys) {
        LATHE_TRY(auto id, tokenId(metadata, key, vocabulary, place));
        if (id == kNoToken) continue;
        const std::string& token = vocabulary.tokens[static_cast<std::size_t>(id)];
        extras.roles[role] = model == "bert" ? wordPieceOf(token) : token;
    }
    LATHE_TRY(extras.chatTemplate, jsonString(metadata, "tokenizer.chat_template", "", place));
    return extras;
}

Result<std::unique_ptr<Tokenizer>> openGgufTokenizer(const Json& metadata, const std::string& place) {
    LATHE_TRY(auto json, ggufTokenizerJson(metadata, place));
    LATHE_TRY(auto extras, ggufTokenizerExtras(metadata, place));
    return tok::PipelineTokenizer::build(json, extras, place);
}

}  // namespace lathe
