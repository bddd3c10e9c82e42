// SPDX-License-Identifier: GPL-3.0-or-later
// A sentencepiece ".model" file, read by the sentencepiece library after an own check.
#pragma once

#include <filesystem>

#include "core/tokenizer/pipeline_tokenizer.h"

namespace lathe::tok {

struct SentencePieceOptions {
    bool addBos = false;
    bool addEos = false;
    Json addedTokens;  ///< as in tokenizer.json; null when there are none
};

Result<std::unique_ptr<Tokenizer>> openSentencePiece(const std::filesystem::path& file,
                                                     const SentencePieceOptions& options,
                                                     const TokenizerExtras& extras);

}  // namespace lathe::tok
