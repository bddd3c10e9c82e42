// SPDX-License-Identifier: GPL-3.0-or-later
// What the blocks of a model keep for the backward pass, and what one of them needs while it runs.
#pragma once

#include "core/peft/memory_estimate.h"

namespace lathe {

struct BlockActivations {      ///< bytes
    int64_t all = 0;           ///< kept by all blocks that the gradient passes
    int64_t checkpointed = 0;  ///< kept in place of that with gradient checkpointing: their inputs
    int64_t largestBlock = 0;  ///< kept by the block that keeps most
    int64_t outside = 0;       ///< kept before the first block and behind the last
    int64_t momentary = 0;     ///< for a moment, by the operation that needs most
    int64_t weightBytes = 0;   ///< for a moment, of the size of a weight: an adapter's change written out
    /// Written by all blocks and freed again between what is kept, and by the one that frees most.
    int64_t freed = 0, mostFreed = 0;
};

BlockActivations blockActivations(const MethodPlan& plan, const ModelShape& shape, const RunFacts& facts);

}  // namespace lathe
