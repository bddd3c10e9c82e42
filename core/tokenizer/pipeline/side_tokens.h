// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens that only the files next to a vocabulary name: tokenizer_config.json, added_tokens.json and
// special_tokens_map.json.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"

namespace lathe::tok {

struct SideTokens {
    Json listed =
        Json::array();           ///< entries as in tokenizer.json's "added_tokens", in the order of their ids
    Json named = Json::array();  ///< the same without ids: tokens that have a role or are called special
    std::string place;           ///< the file of `listed`
};

/// What a vocabulary knows.
struct KnownTokens {
    std::function<std::optional<int64_t>(const std::string& text)> idOf;
    int64_t size = 0;  ///< how many pieces it has
};

/// The text of a token, which is written as it is or as an object with "content"; empty for anything else.
std::string tokenText(const Json& value);

/// The tokens by role ("bos_token" to its text) and those of the side files of `folder`, of which `config` is
/// tokenizer_config.json and `map` special_tokens_map.json. added_tokens.json counts where `config` has no
/// "added_tokens_decoder". FileMalformed for entries that are no tokens.
Result<SideTokens> readSideTokens(const std::filesystem::path& folder, const Json& config, const Json& map,
                                  std::map<std::string, std::string>& roles);

/// Appends to `added`, an "added_tokens" list, what it lacks. As transformers does, a text that is known
/// keeps its id, and a new one gets the id after the last one; where the file says otherwise, a note.
void addSideTokens(const SideTokens& side, const KnownTokens& known, Json& added, std::vector<Note>& notes);

}  // namespace lathe::tok
