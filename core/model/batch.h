// SPDX-License-Identifier: GPL-3.0-or-later
// One micro-batch on its device, with everything that can be known before the step (no host reads
// inside a step).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace lathe {

struct Batch {
    at::Tensor ids;  ///< (batch, time) int64, right-padded
    // With a soft prompt of the model "time" counts its positions too, in the mask also those of a prefix.
    at::Tensor typeIds;    ///< (batch, time) int64, undefined where the model has no token types
    at::Tensor positions;  ///< (batch, time) int64
    at::Tensor mask;       ///< (batch, time) bool, true at real tokens; undefined when nothing is padded
    at::Tensor lengths;    ///< (batch) int64, real tokens of each row
    /// Packed rows: (batch, time) int64, which text of its row a token belongs to; undefined: each row is one
    /// text.
    at::Tensor documents;
    int64_t longest = 0;    ///< packed rows: tokens of the longest text
    at::Tensor decoderIds;  ///< (batch, target time) int64, what the decoder reads: the target a place later
    /// Positions of the head's output, flattened (row * time + t), that have a target, and the targets: ids,
    /// or labels of a token classifier.
    at::Tensor lossRows;     ///< (targets) int64
    at::Tensor lossTargets;  ///< (targets) int64
    at::Tensor labels;       ///< sequence classification by one label: (batch) int64
    at::Tensor wanted;  ///< … by several labels or a number: (batch, outputs) float32, of labels 0 or 1
    // Of pairs the first half of the rows are the better answers, the second half the worse ones in the same
    // order.
    at::Tensor targetRows;    ///< pairs: (targets) int64, the row of each target
    at::Tensor answerTokens;  ///< pairs: (batch) float64, targets of each row
    at::Tensor reference;     ///< pairs: (batch) float64, log-probability of each answer under the reference
    at::Tensor margins;       ///< pairs: (pairs) float64
    // Of answers that the model wrote itself, one float32 value a target; the weights say what a target's
    // loss counts.
    at::Tensor advantages, weights;
    at::Tensor
        sampledLogProbabilities;  ///< when it was written; undefined: by the very weights that learn now
    at::Tensor
        referenceLogProbabilities;      ///< under the frozen model; undefined where the loss has no such term
    at::Tensor returns, sampledValues;  ///< of the value head; undefined without one
    int64_t targetCount = 0;  ///< targets; of a sequence classifier rows, of pairs pairs; in this micro-batch
    int64_t tokens = 0;       ///< real tokens
};

}  // namespace lathe
