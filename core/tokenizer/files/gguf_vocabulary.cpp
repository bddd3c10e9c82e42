// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "core/tokenizer/files/tokenizer_files.h"
#include "core/tokenizer/files/tokenizer_folder.h"

namespace lathe {
namespace {

// Values of tokenizer.ggml.token_type.
constexpr int kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6;

/// Texts that no two kinds of tokenizers split alike: digits, contractions, blanks, line ends, letters with
/// marks, other scripts, signs, bytes that are no letter.
constexpr std::array kProbes{
    "Hello  world, it's 12345 o'CLOCK!",
    "a\n\n  b\t c \r\n d   ",
    "na\u00efve e\u0301 \u1e9e \ufb01",
    "\u4e2d\u6587\u5206\u8bcd\uff0c\u4eca\u5929\u5f88\u51b7\u3002 \u65e5\u672c\u8a9e",
    "\u0645\u0631\u062d\u0628\u0627 \u0928\u092e\u0938\u094d\u0924\u0947",
    "int f() { return 0x1F; } // x_y--",
    "\U0001F600\U0001F468\u200d\U0001F467 \u00bd\u00b2",
    "we'll  DON'T 3.14 1e-10 007"};

bool isByteToken(const std::string& piece) {
    return piece.size() == 6 && piece.starts_with("<0x") && piece.back() == '>';
}

/// Added tokens that are ordinary text, by id.
std::vector<int64_t> plainAddedIds(const Json& description) {
    std::vector<int64_t> ids;
    const auto added = description.find("added_tokens");
    if (added == description.end() || !added->is_array()) return ids;
    for (const Json& token : *added)
        if (token.is_object() && token.value("special", Json()) == false && token.contains("id") &&
            token["id"].is_number_integer())
            ids.push_back(token["id"].get<int64_t>());
    return ids;
}

/// "a b" for each merge, whichever of the two layouts the file has.
OrderedJson mergeTexts(const Json& model) {
    OrderedJson merges = OrderedJson::array();
    const auto list = model.find("merges");
    if (list == model.end() || !list->is_array()) return merges;
    for (const Json& merge : *list)
        merges.push_back(merge.is_array()
                             ? merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>()
                             : merge.get<std::string>());
    return merges;
}

/// A piece's score is the rank of the first merge that makes it: the same order of joining.
OrderedJson scoresByMerge(const OrderedJson& merges, const std::vector<std::string>& pieces) {
    std::map<std::string, std::size_t> ranks;
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
        std::string piece = merges[rank].get<std::string>();
        piece.erase(piece.find(' '), 1);
        ranks.emplace(std::move(piece), rank);
    }
    OrderedJson scores = OrderedJson::array();
    for (const std::string& piece : pieces) {
        const auto rank = ranks.find(piece);
        scores.push_back(rank == ranks.end() ? 0.0 : -1.0 - double(rank->second));
    }
    return scores;
}

void addIds(OrderedJson& keys, const Tokenizer& tokenizer) {
    const SpecialTokens& special = tokenizer.specialTokens();
    const std::pair<const char*, std::optional<int32_t>> ids[] = {{"bos_token_id", special.bos},
                                                                  {"eos_token_id", special.eos},
                                                                  {"unknown_token_id", special.unk},
                                                                  {"padding_token_id", special.pad}};
    for (const auto& [key, id] : ids)
        if (id) keys[std::string("tokenizer.ggml.") + key] = *id;
    const auto around = tokenizer.encode("a", true).ids;
    keys["tokenizer.ggml.add_bos_token"] = special.bos && !around.empty() && around.front() == *special.bos;
    keys["tokenizer.ggml.add_eos_token"] = special.eos && !around.empty() && around.back() == *special.eos;
    if (!tokenizer.chatTemplate().empty()) keys["tokenizer.chat_template"] = tokenizer.chatTemplate();
}

OrderedJson vocabularyKeys(const Json& description, const Tokenizer& tokenizer, int64_t vocabulary,
                           bool byteFallback) {
    const auto plain = plainAddedIds(description);
    OrderedJson types = OrderedJson::array();
    std::vector<std::string> pieces;
    for (int64_t id = 0; id < vocabulary; ++id) {
        std::string piece = tokenizer.piece(static_cast<int32_t>(id));
        int type = kNormal;
        if (piece.empty())
            type = kUnused;
        else if (tokenizer.specialTokens().unk == int32_t(id) && byteFallback)
            type = kUnknown;
        else if (tokenizer.isSpecial(static_cast<int32_t>(id)))
            type = kControl;
        else if (byteFallback && isByteToken(piece))
            type = kByte;
        else if (std::find(plain.begin(), plain.end(), id) != plain.end())
            type = kUserDefined;
        if (piece.empty()) piece = "[PAD" + std::to_string(id) + "]";
        types.push_back(type);
        pieces.push_back(std::move(piece));
    }
    OrderedJson keys;
    keys["tokenizer.ggml.model"] = byteFallback ? "llama" : "gpt2";
    keys["tokenizer.ggml.pre"] = "default";
    keys["tokenizer.ggml.tokens"] = pieces;
    keys["tokenizer.ggml.token_type"] = std::move(types);
    OrderedJson merges = mergeTexts(description.at("model"));
    if (byteFallback)
        keys["tokenizer.ggml.scores"] = scoresByMerge(merges, pieces);
    else
        keys["tokenizer.ggml.merges"] = std::move(merges);
    addIds(keys, tokenizer);
    return keys;
}

bool splitsAlike(const OrderedJson& keys, const Tokenizer& tokenizer) {
    const auto made = openGgufTokenizer(Json(keys), "the GGUF to write");
    if (!made.ok()) return false;
    return std::all_of(kProbes.begin(), kProbes.end(), [&](const char* probe) {
        return made.value()->encode(probe, true).ids == tokenizer.encode(probe, true).ids;
    });
}

}  // namespace

Result<OrderedJson> ggufTokenizerKeys(const Json& ggufMetadataOrNull,
                                      const std::filesystem::path& sourceFolder, int64_t vocabulary) {
    OrderedJson keys;
    if (!ggufMetadataOrNull.is_null()) {
        for (const auto& [key, value] : ggufMetadataOrNull.items())
            if (key.starts_with("tokenizer.")) keys[key] = value;
        return keys;
    }
    LATHE_TRY(const auto found, tok::describeTokenizerFolder(sourceFolder));
    const Error unsupported{ErrorCode::Unsupported, "this tokenizer cannot be written into a GGUF file",
                            found.place, "export the model as hf"};
    if (found.json.is_null()) return unsupported;
    LATHE_TRY(const auto tokenizer, tok::PipelineTokenizer::build(found.json, found.extras, found.place));
    const Json& model = found.json.at("model");
    if (model.value("type", Json()) != "BPE") return unsupported;
    const bool byteFallback = model.value("byte_fallback", Json()) == true;
    keys = vocabularyKeys(found.json, *tokenizer, vocabulary, byteFallback);
    const auto names = byteFallback ? std::vector<const char*>{"default"}
                                    : std::vector<const char*>{"gpt-2", "smollm", "llama-bpe", "qwen2"};
    for (const char* pre : names) {
        keys["tokenizer.ggml.pre"] = pre;
        if (splitsAlike(keys, *tokenizer)) return keys;
    }
    return unsupported;
}

}  // namespace lathe
