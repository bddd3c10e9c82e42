// SPDX-License-Identifier: GPL-3.0-or-later
// What a folder says of its tokenizer, before one is built from it.
#pragma once

#include <filesystem>

#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/pipeline/side_tokens.h"

namespace lathe::tok {

struct TokenizerDescription {
    Json json;  ///< tokenizer.json, or the equivalent of vocabulary files; null with a sentencepiece model
                ///< alone
    TokenizerExtras extras;
    SideTokens side;    ///< already part of `json` where that is not null
    std::string place;  ///< the file
};

/// From tokenizer.json, else vocab.txt, else vocab.json + merges.txt. FileMissing without any tokenizer.
Result<TokenizerDescription> describeTokenizerFolder(const std::filesystem::path& folder);

}  // namespace lathe::tok
