// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/policy_batch.h"

namespace lathe {
namespace {

/// The values of all answers behind each other, as a batch lists its targets: (targets) float32.
at::Tensor joined(const std::vector<RolloutAnswer*>& answers, std::vector<double> RolloutAnswer::*member,
                  at::Device device) {
    std::vector<double> all;
    for (const RolloutAnswer* answer : answers)
        all.insert(all.end(), (answer->*member).begin(), (answer->*member).end());
    return at::tensor(all, at::kDouble).to(device, at::kFloat);
}

/// What each token counts, and what the sum of the batch's losses is divided by.
void weigh(const std::vector<RolloutAnswer*>& answers, const PolicySettings& settings, Batch& batch) {
    const auto count = static_cast<int64_t>(answers.size());
    batch.weights = at::ones_like(batch.advantages);
    switch (settings.mean) {
        case TokenMean::Dapo:
            break;
        case TokenMean::Bnpo:
            batch.weights.div_(double(batch.targetCount));
            batch.targetCount = 1;
            break;
        case TokenMean::DrGrpo:
            batch.targetCount = count * settings.maxNewTokens;
            break;
        case TokenMean::Grpo: {
            std::vector<int64_t> lengths;
            for (const RolloutAnswer* answer : answers)
                lengths.push_back(static_cast<int64_t>(answer->advantages.size()));
            const at::Tensor each = at::tensor(lengths, at::kLong).to(batch.weights.device());
            batch.weights.div_(each.repeat_interleave(each));
            batch.targetCount = count;
        }
    }
}

}  // namespace

Batch policyBatch(const std::vector<RolloutAnswer*>& answers, const PolicySettings& settings,
                  const BatchSettings& batchSettings) {
    std::vector<const Example*> rows;
    for (const RolloutAnswer* answer : answers) rows.push_back(&answer->row);
    Batch batch = makeBatch(rows, batchSettings);
    const auto values = [&](std::vector<double> RolloutAnswer::*member) {
        return joined(answers, member, batchSettings.device);
    };
    batch.advantages = values(&RolloutAnswer::advantages);
    if (!settings.learnsOnce()) batch.sampledLogProbabilities = values(&RolloutAnswer::sampled);
    if (settings.algorithm == PolicyAlgorithm::Ppo) {
        batch.returns = values(&RolloutAnswer::returns);
        batch.sampledValues = values(&RolloutAnswer::values);
    } else if (settings.klCoefficient > 0) {
        batch.referenceLogProbabilities = values(&RolloutAnswer::reference);
    }
    weigh(answers, settings, batch);
    return batch;
}

}  // namespace lathe
