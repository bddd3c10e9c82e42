// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/tokenizer_files.h"

#include <array>

#include "core/base/files.h"
#include "core/base/hash_cache.h"
#include "core/tokenizer/text/part_json.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

constexpr std::array kTokenizerFiles = {"tokenizer.json",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "added_tokens.json",
                                        "vocab.txt",
                                        "vocab.json",
                                        "merges.txt",
                                        "tokenizer.model",
                                        "spiece.model",
                                        "sentencepiece.bpe.model",
                                        "chat_template.jinja"};

Result<void> writeFromGguf(const Json& metadata, const fs::path& folder) {
    const std::string place = "GGUF tokenizer";
    LATHE_TRY(auto tokenizer, ggufTokenizerJson(metadata, place));
    LATHE_TRY(auto extras, ggufTokenizerExtras(metadata, place));
    Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                   {"clean_up_tokenization_spaces", false},
                   {"model_max_length", 1000000000}};
    LATHE_TRY(auto architecture, jsonString(metadata, "general.architecture", "", place));
    LATHE_TRY(auto length, jsonInteger(metadata, (architecture + ".context_length").c_str(), 0, place));
    if (length > 0) config["model_max_length"] = length;
    for (const auto& [role, text] : extras.roles) config[role] = text;
    if (!extras.chatTemplate.empty()) config["chat_template"] = extras.chatTemplate;
    LATHE_TRY_VOID(writeFile(folder / "tokenizer.json", dumpJson(tokenizer)));
    return writeFile(folder / "tokenizer_config.json", dumpJson(config, 2) + "\n");
}

}  // namespace

Result<void> writeTokenizerFiles(const Json& ggufMetadataOrNull, const fs::path& sourceFolder,
                                 const fs::path& targetFolder) {
    LATHE_TRY_VOID(makeFolder(targetFolder));
    if (!ggufMetadataOrNull.is_null()) return writeFromGguf(ggufMetadataOrNull, targetFolder);
    bool any = false;
    for (const char* name : kTokenizerFiles) {
        std::error_code error;
        if (!fs::is_regular_file(sourceFolder / name, error)) continue;
        LATHE_TRY(auto text, readTextFile(sourceFolder / name));
        LATHE_TRY_VOID(writeFile(targetFolder / name, text));
        any = true;
    }
    if (!any)
        return Error{ErrorCode::FileMissing, "the folder holds no tokenizer files", sourceFolder.string(),
                     ""};
    return {};
}

Result<std::string> tokenizerFilesSha256(const fs::path& folder) {
    std::string list;
    for (const char* name : kTokenizerFiles) {
        std::error_code error;
        if (!fs::is_regular_file(folder / name, error)) continue;
        LATHE_TRY(const std::string hash, cachedSha256(folder / name));
        list += hash + "  " + name + "\n";
    }
    return sha256(list);
}

Result<void> setChatTemplate(const fs::path& folder, const std::string& source) {
    const fs::path own = folder / "chat_template.jinja", config = folder / "tokenizer_config.json";
    std::error_code ignored;
    const bool separate = fs::exists(own, ignored);
    if (separate) LATHE_TRY_VOID(writeFile(own, source));
    OrderedJson settings = OrderedJson::object();
    if (fs::exists(config, ignored)) {
        LATHE_TRY(const std::string text, readTextFile(config));
        LATHE_TRY(settings, parseOrderedJson(text, config.string()));
        if (!settings.is_object())
            return Error{ErrorCode::FileMalformed, "must be an object", config.string(), ""};
    }
    if (separate && !settings.contains("chat_template")) return {};
    settings["chat_template"] = source;
    return writeFile(config, settings.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
}

}  // namespace lathe
