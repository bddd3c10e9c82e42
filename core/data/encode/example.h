// SPDX-License-Identifier: GPL-3.0-or-later
// One row as the trainer sees it: token ids with their targets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace lathe {

constexpr int32_t kNoTarget = -100;

/// The worse answer of a preference row with the prompt before it. Vectors have one entry a token.
struct RejectedAnswer {
    std::vector<int32_t> ids, typeIds;
    std::vector<int32_t> targets;  ///< as Example::targets
    std::string text;              ///< as people read it
};

/// Log-probabilities of a preference row's answers, summed over their tokens, under the model that a run
/// started from.
struct ReferenceScores {
    double chosen = 0, rejected = 0;
};

/// One row as the trainer sees it. Vectors have one entry a token. Of preference rows ids, typeIds and
/// targets are the prompt with the better answer.
struct Example {
    std::vector<int32_t> ids;
    std::vector<int32_t> typeIds;
    /// Per position what is to be learnt AT that position (unshifted), kNoTarget elsewhere: the id; for
    /// token_classification the tag of the word that begins there; for masked_language_modeling, until it is
    /// masked, the id wherever it may be hidden. Empty for classification and sequence_to_sequence.
    std::vector<int32_t> targets;
    RejectedAnswer rejected;         ///< preference rows; else empty
    int64_t promptLength = 0;        ///< preference rows: leading tokens both answers share as their prompt
    double margin = 0;               ///< reward_model: by how much the better answer is to lead
    ReferenceScores reference;       ///< preference: filled in before training
    std::vector<int64_t> documents;  ///< lengths of the rows joined in this one; empty: it is one text
    std::vector<int32_t> decoderTargets;  ///< sequence_to_sequence: the target text, its end token included
    int64_t label = -1;                   ///< classification by one label: class id
    std::optional<std::vector<int32_t>> labels;  ///< … by several labels: their ids, ascending
    std::optional<double> value;                 ///< … by a number
    std::string text;                            ///< as people read it, for previews and predictions
    /// What generation starts from, rendered and unencoded: instruction and preference rows, and prompts,
    /// whose ids are this text's and whose `text` is the last question alone.
    std::string prompt;
    std::vector<TextSpan> promptPlain;  ///< where the prompt spells out control tokens as text
    std::string answer;                 ///< prompts: the wanted answer, where the row has one
    uint64_t line = 0;                  ///< in the file
};

}  // namespace lathe
