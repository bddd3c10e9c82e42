// SPDX-License-Identifier: GPL-3.0-or-later
// A sentencepiece ".model" file, read by the sentencepiece library after an own check.
#pragma once

#include <filesystem>

#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/pipeline/side_tokens.h"

namespace lathe::tok {

/// Where a blank that the text does not have is put in front of a stretch between two marks.
enum class Blanks {
    AsModel,  ///< the sentencepiece library decides, by what the model file says
    Never,
    First,      ///< before the stretch that begins the text, unless it begins with one
    Always,     ///< before every stretch that does not begin with one
    EveryWord,  ///< one before each word, and no others
};

struct SentencePieceOptions {
    bool addBos = false;
    bool addEos = false;
    Blanks blanks = Blanks::AsModel;
    /// How many tokens <extra_id_N> … <extra_id_0> follow the pieces where `side` lists none.
    int64_t extraIds = 0;
    SideTokens side;
};

/// With Never, First and Always the text is not normalised otherwise, as transformers 5 reads such models.
Result<std::unique_ptr<Tokenizer>> openSentencePiece(const std::filesystem::path& file,
                                                     const SentencePieceOptions& options,
                                                     const TokenizerExtras& extras);

}  // namespace lathe::tok
