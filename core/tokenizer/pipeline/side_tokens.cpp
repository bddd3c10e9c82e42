// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/side_tokens.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/files.h"
#include "core/tokenizer/text/part_json.h"

namespace lathe::tok {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxFile = uint64_t(64) << 20;  // bytes
constexpr std::size_t kMaxTokens = std::size_t(1) << 20;
constexpr int64_t kMaxId = int64_t(1) << 30;

constexpr const char* kRoles[] = {"bos_token", "eos_token", "unk_token", "pad_token",
                                  "cls_token", "sep_token", "mask_token"};

using ById = std::map<int64_t, Json>;

Json namedEntry(const Json& value) {
    Json entry = value.is_object() ? value : Json::object();
    entry["content"] = tokenText(value);
    entry["special"] = true;
    if (!entry.contains("normalized")) entry["normalized"] = false;
    return entry;
}

Result<ById> fromDecoder(const Json& decoder, const std::string& place) {
    if (!decoder.is_object() || decoder.size() > kMaxTokens)
        return malformed("\"added_tokens_decoder\" must map ids to tokens", place);
    ById tokens;
    for (const auto& [key, token] : decoder.items()) {
        const bool number = !key.empty() && key.size() < 10 &&
                            std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!number || tokenText(token).empty())
            return malformed("added_tokens_decoder: \"" + key + "\" is not an id with a token", place);
        Json entry = token.is_object() ? token : Json{{"content", token}};
        entry["id"] = std::stoi(key);
        if (!tokens.emplace(std::stoi(key), std::move(entry)).second)
            return malformed("added_tokens_decoder: two tokens have the id " + key, place);
    }
    return tokens;
}

Result<ById> fromAddedTokens(const fs::path& file, const Json& named) {
    const std::string place = file.string();
    LATHE_TRY(const auto text, readTextFile(file, kMaxFile));
    LATHE_TRY(const Json json, parseJson(text, place));
    if (!json.is_object() || json.size() > kMaxTokens) return malformed("must map tokens to ids", place);
    ById tokens;
    for (const auto& [token, id] : json.items()) {
        if (token.empty() || !id.is_number_integer() || id.get<double>() < 0 || id.get<double>() >= kMaxId)
            return malformed("the token \"" + token + "\" has no usable id", place);
        const bool special = std::any_of(named.begin(), named.end(), [&text = token](const Json& entry) {
            return entry["content"] == text;
        });
        const auto number = id.get<int64_t>();
        if (!tokens
                 .emplace(
                     number,
                     Json{{"id", number}, {"content", token}, {"special", special}, {"normalized", !special}})
                 .second)
            return malformed("two tokens have the id " + std::to_string(number), place);
    }
    return tokens;
}

/// Special tokens without a role are a list, or an object of names.
void addExtra(const Json& source, const char* key, Json& named) {
    const auto extra = source.find(key);
    if (extra == source.end() || !extra->is_structured() || extra->size() > kMaxTokens) return;
    for (const Json& token : *extra)
        if (!tokenText(token).empty()) named.push_back(namedEntry(token));
}

}  // namespace

std::string tokenText(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_object()) return {};
    const auto content = value.find("content");
    return content != value.end() && content->is_string() ? content->get<std::string>() : std::string();
}

Result<SideTokens> readSideTokens(const fs::path& folder, const Json& config, const Json& map,
                                  std::map<std::string, std::string>& roles) {
    SideTokens side;
    for (const char* role : kRoles) {
        const Json* found = nullptr;
        for (const Json* source : {&map, &config})
            if (const auto it = source->find(role); it != source->end() && !tokenText(*it).empty())
                found = &*it;
        if (!found) continue;
        roles[role] = tokenText(*found);
        side.named.push_back(namedEntry(*found));
    }
    for (const Json* source : {&config, &map})
        for (const char* key : {"additional_special_tokens", "extra_special_tokens"})
            addExtra(*source, key, side.named);

    ById listed;
    side.place = (folder / "tokenizer_config.json").string();
    std::error_code ignored;
    if (const auto decoder = config.find("added_tokens_decoder"); decoder != config.end()) {
        LATHE_TRY(listed, fromDecoder(*decoder, side.place));
    } else if (fs::is_regular_file(folder / "added_tokens.json", ignored)) {
        side.place = (folder / "added_tokens.json").string();
        LATHE_TRY(listed, fromAddedTokens(folder / "added_tokens.json", side.named));
    }
    for (auto& [id, entry] : listed) side.listed.push_back(std::move(entry));
    return side;
}

void addSideTokens(const SideTokens& side, const KnownTokens& known, Json& added, std::vector<Note>& notes) {
    if (!added.is_array()) added = Json::array();
    std::map<std::string, int64_t> texts;
    int64_t next = known.size;
    for (const Json& entry : added) {
        const auto id = entry.is_object() ? entry.find("id") : entry.end();
        if (!entry.is_object() || id == entry.end() || !id->is_number_integer()) continue;
        texts.emplace(tokenText(entry), id->get<int64_t>());
        if (id->get<double>() < kMaxId) next = std::max(next, id->get<int64_t>() + 1);
    }
    const auto idOf = [&](const std::string& text) {
        const auto it = texts.find(text);
        return it == texts.end() ? known.idOf(text) : std::optional(it->second);
    };
    const auto append = [&](Json entry, const std::string& text) {
        const int64_t id = idOf(text).value_or(next);
        entry["id"] = id;
        next = std::max(next, id + 1);
        added.push_back(std::move(entry));
        texts.emplace(text, id);
        return id;
    };
    for (const Json& entry : side.listed) {
        const std::string text = tokenText(entry);
        const auto wanted = entry["id"].get<int64_t>();
        const auto before = texts.find(text);
        const int64_t id = before != texts.end() ? before->second : append(entry, text);
        if (id != wanted)
            addNote(notes, {"token_id_differs",
                            "the token \"" + text + "\" has the id " + std::to_string(id) + ", not " +
                                std::to_string(wanted) + " as this file says",
                            "the vocabulary decides, as in transformers; put the token into tokenizer.json",
                            side.place});
    }
    for (const Json& entry : side.named)
        if (const std::string text = tokenText(entry); !texts.contains(text)) {
            const bool isNew = !known.idOf(text);
            const int64_t id = append(entry, text);
            if (isNew)
                addNote(notes, {"token_added",
                                "the special token \"" + text +
                                    "\" is in no vocabulary; it becomes the new id " + std::to_string(id),
                                "as in transformers; its row of the model is not trained unless training "
                                "learned it",
                                side.place});
        }
}

}  // namespace lathe::tok
