// SPDX-License-Identifier: GPL-3.0-or-later
// The most memory that a run has at once, from shapes alone: what its operations keep for the backward pass
// and need while they run, counted over core/ops, core/model and the methods.
#pragma once

#include "core/config/recipe.h"
#include "core/peft/method.h"

namespace lathe {

/// What decides the memory of a run besides shapes and methods.
struct RunFacts {
    bool half = false;  ///< computed in bfloat16
    bool onGpu = false;
    int64_t sequences = 0;      ///< computed together; pairs of answers count twice
    int64_t length = 0;         ///< tokens of the longest row: batches are padded to it
    int64_t decoderLength = 0;  ///< and of the longest target text (sequence_to_sequence)
    int64_t targets = 0;        ///< positions of one batch that the language head predicts
    double hiddenDropout = 0;   ///< of the base, as the task uses it
    double attentionDropout = 0;
    bool gatesWithSilu = true;   ///< a gated feed-forward layer has its fused operation
    int64_t tokenizerBytes = 0;  ///< in memory
    int64_t rowBytes = 0;        ///< all encoded rows
};

/// What the recipe alone says: every row is as long as data.max_length, every position is predicted.
RunFacts factsOfRecipe(const Recipe& recipe, const ModelShape& shape);

/// `plan` is that of all methods together.
MemoryBill estimateMemory(const MethodPlan& plan, const ModelShape& shape, const Recipe& recipe,
                          const RunFacts& facts);

}  // namespace lathe
