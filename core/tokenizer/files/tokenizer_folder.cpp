// SPDX-License-Identifier: GPL-3.0-or-later
// Opening the tokenizer of a Hugging Face folder: which files count, and the slow files as a tokenizer.json.
#include <algorithm>
#include <array>
#include <sstream>
#include <unordered_map>

#include "core/base/files.h"
#include "core/tokenizer/files/sentencepiece_tokenizer.h"
#include "core/tokenizer/files/template_files.h"
#include "core/tokenizer/files/tokenizer_folder.h"
#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/word_rules.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;
using tok::malformed;
using tok::TokenizerExtras;

bool hasFile(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

/// The object in a side file; an empty one when the file is absent.
Result<Json> readObject(const fs::path& path) {
    if (!hasFile(path)) return Json(Json::object());
    LATHE_TRY(auto text, readTextFile(path));
    LATHE_TRY(auto json, parseJson(text, path.string()));
    if (!json.is_object()) return malformed("must be an object", path.string());
    return json;
}

/// What the model of a tokenizer.json knows; refers to `description`.
tok::KnownTokens knownTokens(const Json& description) {
    static const Json none;
    const auto model = description.find("model");
    const Json& vocab = model != description.end() && model->is_object() && model->contains("vocab")
                            ? model->at("vocab")
                            : none;
    if (vocab.is_object())
        return {[&vocab](const std::string& text) {
                    const auto it = vocab.find(text);
                    const bool found = it != vocab.end() && it->is_number_integer();
                    return found ? std::optional(it->get<int64_t>()) : std::nullopt;
                },
                static_cast<int64_t>(vocab.size())};
    std::unordered_map<std::string, int64_t> ids;
    for (std::size_t id = 0; vocab.is_array() && id < vocab.size(); ++id)
        if (vocab[id].is_array() && !vocab[id].empty() && vocab[id][0].is_string())
            ids.insert_or_assign(vocab[id][0].get<std::string>(), static_cast<int64_t>(id));
    return {[ids](const std::string& text) {
                const auto it = ids.find(text);
                return it == ids.end() ? std::nullopt : std::optional(it->second);
            },
            static_cast<int64_t>(vocab.is_array() ? vocab.size() : 0)};
}

/// Specials that the slow files only know by role.
void addRoleTokens(const TokenizerExtras& extras, const tok::KnownTokens& known, Json& added) {
    for (const auto& role : extras.roles) {
        const std::string& text = role.second;
        const auto id = known.idOf(text);
        const bool listed =
            std::any_of(added.begin(), added.end(), [&](const Json& e) { return tok::tokenText(e) == text; });
        if (id && !listed)
            added.push_back({{"id", *id}, {"content", text}, {"special", true}, {"normalized", false}});
    }
}

Result<Json> jsonFromVocabText(const fs::path& folder, const Json& config, TokenizerExtras& extras) {
    const std::string place = (folder / "vocab.txt").string();
    LATHE_TRY(auto text, readTextFile(folder / "vocab.txt"));
    Json vocab = Json::object();
    std::istringstream lines(text);
    std::size_t id = 0;
    for (std::string line; std::getline(lines, line); ++id) {
        if (line.ends_with('\r')) line.pop_back();
        if (!vocab.emplace(line, id).second)
            return malformed("\"" + line + "\" appears twice", place + ":" + std::to_string(id + 1));
    }
    for (const auto& [role, usual] :
         {std::pair("unk_token", "[UNK]"), std::pair("sep_token", "[SEP]"), std::pair("pad_token", "[PAD]"),
          std::pair("cls_token", "[CLS]"), std::pair("mask_token", "[MASK]")})
        extras.roles.try_emplace(role, usual);
    LATHE_TRY(auto lowercase, jsonBool(config, "do_lower_case", true, place));
    LATHE_TRY(auto spaceChinese, jsonBool(config, "tokenize_chinese_chars", true, place));
    const auto cls = vocab.find(extras.roles["cls_token"]), sep = vocab.find(extras.roles["sep_token"]);
    if (cls == vocab.end() || sep == vocab.end())
        return malformed("there is no [CLS] or no [SEP] token", place);
    const Json processor = {{"type", "BertProcessing"},
                            {"cls", Json::array({extras.roles["cls_token"], *cls})},
                            {"sep", Json::array({extras.roles["sep_token"], *sep})}};
    return Json{
        {"normalizer",
         {{"type", "BertNormalizer"},
          {"clean_text", true},
          {"handle_chinese_chars", spaceChinese},
          {"strip_accents", config.value("strip_accents", Json())},
          {"lowercase", lowercase}}},
        {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
        {"post_processor", processor},
        {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}},
        {"model",
         {{"type", "WordPiece"}, {"unk_token", extras.roles["unk_token"]}, {"vocab", std::move(vocab)}}}};
}

Result<Json> readMerges(const fs::path& path) {
    LATHE_TRY(auto text, readTextFile(path));
    Json merges = Json::array();
    std::istringstream lines(text);
    bool first = true;
    for (std::string line; std::getline(lines, line); first = false) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.empty() || (first && line.starts_with("#version"))) continue;
        merges.push_back(line);
    }
    return merges;
}

Result<Json> jsonFromVocabAndMerges(const fs::path& folder, const Json& config, TokenizerExtras& extras) {
    const std::string place = (folder / "vocab.json").string();
    LATHE_TRY(auto vocab, readObject(folder / "vocab.json"));
    LATHE_TRY(auto merges, readMerges(folder / "merges.txt"));
    LATHE_TRY(auto kind, jsonString(config, "tokenizer_class", "GPT2Tokenizer", place));
    LATHE_TRY(auto prefix, jsonBool(config, "add_prefix_space", false, place));
    const bool isQwen2 = kind.starts_with("Qwen2");
    const bool isRoberta = kind.starts_with("Roberta");
    if (isRoberta) {
        for (const auto& [role, usual] : {std::pair("cls_token", "<s>"), std::pair("sep_token", "</s>"),
                                          std::pair("bos_token", "<s>"), std::pair("eos_token", "</s>")})
            extras.roles.try_emplace(role, usual);
    } else {
        extras.roles.try_emplace("eos_token", "<|endoftext|>");
        if (!isQwen2) extras.roles.try_emplace("bos_token", "<|endoftext|>");
    }
    Json bytes = {
        {"type", "ByteLevel"}, {"add_prefix_space", prefix}, {"trim_offsets", true}, {"use_regex", !isQwen2}};
    Json preTokenizer = bytes;
    Json processor = bytes;
    if (isQwen2) {
        const Json split = {
            {"type", "Split"}, {"pattern", {{"Regex", tok::kQwen2Expression}}}, {"behavior", "Isolated"}};
        preTokenizer = {{"type", "Sequence"}, {"pretokenizers", Json::array({split, bytes})}};
    }
    if (isRoberta) {
        const auto cls = vocab.find(extras.roles["cls_token"]), sep = vocab.find(extras.roles["sep_token"]);
        if (cls == vocab.end() || sep == vocab.end())
            return malformed("there is no <s> or no </s> token", place);
        processor = {{"type", "RobertaProcessing"},
                     {"cls", Json::array({extras.roles["cls_token"], *cls})},
                     {"sep", Json::array({extras.roles["sep_token"], *sep})},
                     {"trim_offsets", true},
                     {"add_prefix_space", prefix}};
    }
    return Json{{"normalizer", isQwen2 ? Json{{"type", "NFC"}} : Json()},
                {"pre_tokenizer", preTokenizer},
                {"post_processor", processor},
                {"decoder", {{"type", "ByteLevel"}}},
                {"model", {{"type", "BPE"}, {"vocab", std::move(vocab)}, {"merges", std::move(merges)}}}};
}

/// The tokenizer class that the files name, else the one of the model's architecture, without "Tokenizer…".
Result<std::string> classOf(const fs::path& folder, const Json& config) {
    LATHE_TRY(auto name,
              jsonString(config, "tokenizer_class", "", (folder / "tokenizer_config.json").string()));
    if (name.empty() || name == "PreTrainedTokenizerFast" || name == "TokenizersBackend") {
        LATHE_TRY(const Json model, readObject(folder / "config.json"));
        LATHE_TRY(const auto type, jsonString(model, "model_type", "", (folder / "config.json").string()));
        for (const char* llama : {"llama", "mistral", "phi3"})
            if (type == llama) return std::string("Llama");
        if (type.starts_with("gemma")) return std::string("Gemma");
        return std::string(type == "t5" ? "T5" : "");
    }
    return name.substr(0, name.find("Tokenizer"));
}

Result<std::unique_ptr<Tokenizer>> openModelFile(const fs::path& folder, const Json& config,
                                                 const tok::TokenizerDescription& found) {
    const std::string place = (folder / "tokenizer_config.json").string();
    LATHE_TRY(const auto kind, classOf(folder, config));
    for (const char* shifted :
         {"XLMRoberta", "Camembert", "MBart", "MBart50", "Barthez", "NllbTokenizer", "Nllb"})
        if (kind == shifted)
            return Error{ErrorCode::Unsupported,
                         "the ids of a " + kind + "Tokenizer are not those of its sentencepiece file", place,
                         "save the tokenizer as tokenizer.json (transformers does: AutoTokenizer, "
                         "save_pretrained)"};
    tok::SentencePieceOptions options;
    const bool isT5 = kind == "T5" || found.place.ends_with("spiece.model");
    LATHE_TRY(options.addBos, jsonBool(config, "add_bos_token", !isT5, place));
    LATHE_TRY(options.addEos, jsonBool(config, "add_eos_token", isT5, place));
    options.side = found.side;
    if (isT5) {
        options.blanks = tok::Blanks::EveryWord;
        LATHE_TRY(options.extraIds, jsonInteger(config, "extra_ids", 100, place));
    } else if (kind == "Gemma") {
        options.blanks = tok::Blanks::Never;
    } else if (kind == "Llama" || kind == "CodeLlama") {
        LATHE_TRY(const bool legacy, jsonBool(config, "legacy", false, place));
        LATHE_TRY(const bool prefix, jsonBool(config, "add_prefix_space", true, place));
        options.blanks = !prefix ? tok::Blanks::Never : legacy ? tok::Blanks::Always : tok::Blanks::First;
    }
    return tok::openSentencePiece(found.place, options, found.extras);
}

/// The sentencepiece model of a folder; empty when it has none.
fs::path modelFileOf(const fs::path& folder) {
    for (const char* name : {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model"})
        if (hasFile(folder / name)) return folder / name;
    return {};
}

}  // namespace

Result<tok::TokenizerDescription> tok::describeTokenizerFolder(const fs::path& folder) {
    LATHE_TRY(auto config, readObject(folder / "tokenizer_config.json"));
    LATHE_TRY(auto map, readObject(folder / "special_tokens_map.json"));
    TokenizerDescription found;
    LATHE_TRY(found.side, readSideTokens(folder, config, map, found.extras.roles));
    LATHE_TRY(found.extras.chatTemplate, readChatTemplate(folder, config));
    const bool hasJson = hasFile(folder / "tokenizer.json");
    if (hasJson) {
        found.place = (folder / "tokenizer.json").string();
        LATHE_TRY(auto text, readTextFile(folder / "tokenizer.json"));
        LATHE_TRY(found.json, parseJson(text, found.place));
    } else if (hasFile(folder / "vocab.txt")) {
        found.place = (folder / "vocab.txt").string();
        LATHE_TRY(found.json, jsonFromVocabText(folder, config, found.extras));
    } else if (hasFile(folder / "vocab.json") && hasFile(folder / "merges.txt")) {
        found.place = (folder / "vocab.json").string();
        LATHE_TRY(found.json, jsonFromVocabAndMerges(folder, config, found.extras));
    } else {
        found.place = modelFileOf(folder).string();
    }
    if (found.place.empty())
        return Error{ErrorCode::FileMissing, "the folder holds no tokenizer", folder.string(),
                     "it needs tokenizer.json, vocab.txt, vocab.json + merges.txt, or tokenizer.model"};
    if (found.json.is_object()) {
        const KnownTokens known = knownTokens(found.json);
        addSideTokens(found.side, known, found.json["added_tokens"], found.extras.notes);
        if (!hasJson) addRoleTokens(found.extras, known, found.json["added_tokens"]);
    }
    return found;
}

Result<std::unique_ptr<Tokenizer>> openTokenizerFolder(const fs::path& folder) {
    LATHE_TRY(const auto found, tok::describeTokenizerFolder(folder));
    if (!found.json.is_null()) return tok::PipelineTokenizer::build(found.json, found.extras, found.place);
    LATHE_TRY(auto config, readObject(folder / "tokenizer_config.json"));
    return openModelFile(folder, config, found);
}

}  // namespace lathe
