// SPDX-License-Identifier: GPL-3.0-or-later
// Writes on from a prompt, token by token, with a key/value cache.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/model/language_model.h"

namespace lathe {

struct GeneratorSettings {
    int64_t maxNewTokens = 128;
    double temperature = 0;  ///< 0 = always the likeliest token
    double topP = 1;         ///< sample from the likeliest tokens that together have this probability
    uint64_t seed = 42;
    int64_t beams = 1;               ///< texts that are written side by side, of which the likeliest counts
    double lengthPenalty = 1;        ///< with several beams: above 0 favours long texts
    std::vector<int64_t> stopIds{};  ///< a token of these ends the text and is not part of it
    std::function<bool()> stopAsked{};  ///< asked before each token; may be empty
};

/// The error of a text that is no longer wanted.
inline Error writingStopped() {
    return {ErrorCode::Stopped, "the answer was stopped", "", ""};
}

/// Called with each new id; false ends the text after it.
using TokenSink = std::function<bool(int64_t id)>;

/// The new ids: behind the prompt, or with an encoder of its own the text that belongs to the prompt. With
/// several beams the sink sees them at the end. Runs in evaluation mode and puts the model back as it was.
/// Stops at the model's context length. BadArgument for an empty prompt, ids outside the vocabulary, a prompt
/// as long as the context or settings out of range; Stopped when it was asked to; NonFinite when the model's
/// logits are not numbers.
Result<std::vector<int64_t>> generate(LanguageModel& model, const std::vector<int64_t>& promptIds,
                                      const GeneratorSettings& settings, const TokenSink& onToken);

}  // namespace lathe
