// SPDX-License-Identifier: GPL-3.0-or-later
// Answers that a model wrote, with what is known of their tokens, as a batch of the policy's loss.
#pragma once

#include "core/batches/batch_loader.h"
#include "core/objectives/policy.h"

namespace lathe {

/// One answer with its prompt. The vectors have one value a token of the answer.
struct RolloutAnswer {
    Example row;  ///< prompt and answer, the answer's tokens its targets
    std::size_t promptTokens = 0;
    std::vector<double> sampled;    ///< log-probability when it was written
    std::vector<double> reference;  ///< log-probability under the frozen model
    std::vector<double> values;     ///< of the value head when it was written; Ppo only
    std::vector<double> advantages, returns;
    double reward = 0;
    bool ended = false;  ///< not cut off
    std::string text;
};

/// The batch with its tensors for PolicyObjective::lossSum; weights and targetCount add the tokens up as
/// PolicySettings::mean says. The model whose `batch` settings they are learns from it.
Batch policyBatch(const std::vector<RolloutAnswer*>& answers, const PolicySettings& settings,
                  const BatchSettings& batch);

}  // namespace lathe
