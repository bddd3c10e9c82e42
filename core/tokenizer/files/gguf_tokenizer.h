// SPDX-License-Identifier: GPL-3.0-or-later
// The vocabulary in a GGUF file as the tokenizer.json that does the same (methods.md, "GGUF models").
#pragma once

#include "core/tokenizer/pipeline/pipeline_tokenizer.h"

namespace lathe {

/// The equivalent tokenizer.json of the keys "tokenizer.ggml.*". Errors: FileMalformed, Unsupported.
Result<Json> ggufTokenizerJson(const Json& metadata, const std::string& place);

/// Tokens by role and the chat template of the same metadata.
Result<tok::TokenizerExtras> ggufTokenizerExtras(const Json& metadata, const std::string& place);

}  // namespace lathe
