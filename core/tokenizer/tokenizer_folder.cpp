// SPDX-License-Identifier: GPL-3.0-or-later
// Opening the tokenizer of a Hugging Face folder: which files count, and the slow files as a tokenizer.json.
#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "core/base/files.h"
#include "core/tokenizer/part_json.h"
#include "core/tokenizer/sentencepiece_tokenizer.h"
#include "core/tokenizer/tokenizer_folder.h"
#include "core/tokenizer/word_rules.h"

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

/// A token is written as its text or as an object with "content".
std::string tokenText(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_object()) return {};
    const auto content = value.find("content");
    return content != value.end() && content->is_string() ? content->get<std::string>() : std::string();
}

/// The template of that name in a list of them, without the line break at its end; empty if there is none.
std::string namedTemplate(const Json& list, const char* name) {
    for (const auto& entry : list) {
        if (!entry.is_object() || entry.value("name", Json()) != name) continue;
        const Json text = entry.value("template", Json());
        if (!text.is_string()) return {};
        auto source = text.get<std::string>();
        if (source.ends_with('\n')) source.pop_back();
        return source;
    }
    return {};
}

/// One template, or a list of named ones: "tool_use" where a conversation offers tools, else "default".
std::string templateText(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return {};
    const std::string usual = namedTemplate(value, "default"), tools = namedTemplate(value, "tool_use");
    if (tools.empty()) return usual;
    // An empty expression keeps the line break that would be swallowed after a tag.
    return "{% if tools is not none %}{{ '' }}" + tools + "{% else %}{{ '' }}" + usual + "{% endif %}";
}

Result<TokenizerExtras> readExtras(const fs::path& folder, const Json& config) {
    TokenizerExtras extras;
    LATHE_TRY(auto map, readObject(folder / "special_tokens_map.json"));
    for (const char* role :
         {"bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token"})
        for (const Json* source : {&std::as_const(map), &config})
            if (const auto it = source->find(role); it != source->end())
                if (const std::string text = tokenText(*it); !text.empty()) extras.roles[role] = text;
    if (const auto it = config.find("chat_template"); it != config.end())
        extras.chatTemplate = templateText(*it);
    if (hasFile(folder / "chat_template.jinja")) {
        LATHE_TRY(extras.chatTemplate, readTextFile(folder / "chat_template.jinja"));
    }
    return extras;
}

/// "added_tokens_decoder" maps ids to tokens; the list that tokenizer.json has.
Result<Json> addedTokensOf(const Json& config, const std::string& place) {
    Json list = Json::array();
    const auto decoder = config.find("added_tokens_decoder");
    if (decoder == config.end() || !decoder->is_object()) return list;
    for (const auto& [key, token] : decoder->items()) {
        const bool number = !key.empty() && key.size() < 10 &&
                            std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!number || !token.is_object())
            return malformed("added_tokens_decoder: \"" + key + "\" is not an id", place);
        Json entry = token;
        entry["id"] = std::stoi(key);
        list.push_back(std::move(entry));
    }
    return list;
}

/// Specials that the slow files only name by role.
void addRoleTokens(const TokenizerExtras& extras, const Json& vocab, Json& added) {
    for (const auto& role : extras.roles) {
        const std::string& text = role.second;
        const auto id = vocab.find(text);
        const bool listed =
            std::any_of(added.begin(), added.end(), [&](const Json& e) { return tokenText(e) == text; });
        if (id != vocab.end() && !listed)
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
    LATHE_TRY(auto added, addedTokensOf(config, place));
    addRoleTokens(extras, vocab, added);
    const Json processor = {{"type", "BertProcessing"},
                            {"cls", Json::array({extras.roles["cls_token"], *cls})},
                            {"sep", Json::array({extras.roles["sep_token"], *sep})}};
    return Json{
        {"added_tokens", added},
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
    LATHE_TRY(auto added, addedTokensOf(config, place));
    addRoleTokens(extras, vocab, added);
    return Json{{"added_tokens", added},
                {"normalizer", isQwen2 ? Json{{"type", "NFC"}} : Json()},
                {"pre_tokenizer", preTokenizer},
                {"post_processor", processor},
                {"decoder", {{"type", "ByteLevel"}}},
                {"model", {{"type", "BPE"}, {"vocab", std::move(vocab)}, {"merges", std::move(merges)}}}};
}

Result<std::unique_ptr<Tokenizer>> openModelFile(const fs::path& file, const Json& config,
                                                 const TokenizerExtras& extras) {
    const std::string place = file.string();
    LATHE_TRY(auto kind, jsonString(config, "tokenizer_class", "", place));
    tok::SentencePieceOptions options;
    const bool isT5 = kind.starts_with("T5") || file.filename() == "spiece.model";
    LATHE_TRY(options.addBos, jsonBool(config, "add_bos_token", !isT5, place));
    LATHE_TRY(options.addEos, jsonBool(config, "add_eos_token", isT5, place));
    LATHE_TRY(options.addedTokens, addedTokensOf(config, place));
    return tok::openSentencePiece(file, options, extras);
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
    TokenizerDescription found;
    LATHE_TRY(found.extras, readExtras(folder, config));
    if (hasFile(folder / "tokenizer.json")) {
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
    if (!found.place.empty()) return found;
    return Error{ErrorCode::FileMissing, "the folder holds no tokenizer", folder.string(),
                 "it needs tokenizer.json, vocab.txt, vocab.json + merges.txt, or tokenizer.model"};
}

Result<std::unique_ptr<Tokenizer>> openTokenizerFolder(const fs::path& folder) {
    LATHE_TRY(const auto found, tok::describeTokenizerFolder(folder));
    if (!found.json.is_null()) return tok::PipelineTokenizer::build(found.json, found.extras, found.place);
    LATHE_TRY(auto config, readObject(folder / "tokenizer_config.json"));
    return openModelFile(found.place, config, found.extras);
}

}  // namespace lathe
