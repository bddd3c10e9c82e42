// SPDX-License-Identifier: GPL-3.0-or-later
// Many answers to many prompts at once: one cache, one forward pass a token for all that are still being
// written.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/model/language_model.h"

namespace lathe {

struct AnswerSettings {
    int64_t copies = 1;         ///< answers to each prompt
    int64_t maxNewTokens = 64;  ///< of one answer
    double temperature = 1;     ///< 0 = always the likeliest token
    double topP = 1;            ///< sample from the likeliest tokens that together have this probability
    uint64_t seed = 42;
    std::size_t place = 0;              ///< of the first answer among all that are written with this seed
    std::vector<int64_t> stopIds{};     ///< a token of these ends the answer and is its last
    std::function<bool()> stopAsked{};  ///< asked before each token; may be empty
};

struct WrittenAnswer {
    std::vector<int32_t> ids;
    /// Of each id under softmax(logits / temperature); empty with temperature 0.
    std::vector<double> logProbabilities;
    bool ended = false;  ///< by a stop id; otherwise it was cut off
};

/// `copies` answers to each prompt, those of a prompt behind each other; nothing when it was stopped. Each
/// answer draws from random numbers of its own, made from the seed and its place. In evaluation mode and
/// without gradients, for models that write on from their prompt. BadArgument for an empty prompt, ids
/// outside the vocabulary or a prompt that leaves no room for an answer; NonFinite when the model's logits
/// are not numbers.
Result<std::vector<WrittenAnswer>> writeAnswers(LanguageModel& model,
                                                const std::vector<std::vector<int32_t>>& prompts,
                                                const AnswerSettings& settings);

/// For each row of log-probabilities (rows, vocabulary) an id, (rows) int64: the first whose share, added up,
/// is above shares[row] in [0, 1), of the likeliest ids that together reach topP.
at::Tensor sampledIds(const at::Tensor& logProbabilities, double topP, const at::Tensor& shares);

}  // namespace lathe
