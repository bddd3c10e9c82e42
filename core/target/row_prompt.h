// SPDX-License-Identifier: GPL-3.0-or-later
// What a model that writes makes of a row: where its text starts, and the likeliest text from there.
#pragma once

#include <string>
#include <vector>

#include "core/batches/batch_loader.h"
#include "core/infer/generator.h"

namespace lathe {

struct RowPrompt {
    std::string prompt;  ///< as people read it
    std::vector<int64_t> ids;
};

/// The source of a target text, the prompt of a conversation, the first few tokens of a plain text.
RowPrompt rowPrompt(const Example& row, HeadKind head, const Tokenizer& tokenizer);

/// What ends an answer in this chat format ("" for none), and the end of a text.
std::vector<int64_t> answerEnds(const Tokenizer& tokenizer, const std::optional<ChatFormat>& chat);

/// Greedy, at most `tokens` long. Errors as generate.
Result<std::string> answerFrom(LanguageModel& model, const Tokenizer& tokenizer, const RowPrompt& start,
                               const std::vector<int64_t>& ends, int64_t tokens);

}  // namespace lathe
