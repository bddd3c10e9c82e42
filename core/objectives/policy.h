// SPDX-License-Identifier: GPL-3.0-or-later
// Reinforcement: making answers with a high reward likelier. PPO (Schulman et al. 2017; methods.md, "PPO")
// and GRPO (Shao et al. 2024; methods.md, "GRPO").
#pragma once

#include "core/config/field.h"
#include "core/objectives/objective.h"

namespace lathe {

enum class PolicyAlgorithm {
    Ppo,   ///< a value head says what was to be expected, token by token
    Grpo,  ///< the other answers to the same prompt say it
};

/// What Grpo divides the lead over the group's mean by.
enum class RewardScale { Group, Batch, None };

/// How Grpo adds up the tokens (methods.md, "GRPO").
enum class TokenMean {
    Dapo,    ///< over all tokens of the step
    Grpo,    ///< over each answer's tokens, then over answers
    Bnpo,    ///< over the tokens of each micro-batch
    DrGrpo,  ///< over answers times max_new_tokens
};

struct PolicySettings {
    PolicyAlgorithm algorithm = PolicyAlgorithm::Grpo;
    int64_t generations = 8;  ///< answers to each prompt
    int64_t maxNewTokens = 48;
    double temperature = 1, topP = 1;
    int64_t iterations = 1;   ///< how often the answers of a step are learnt from
    int64_t minibatches = 1;  ///< updates in which that is done each time
    double klCoefficient = 0;
    double clipLow = 0.2, clipHigh = 0.2;  ///< how far the ratio may go below and above 1
    double missingEosPenalty = 0;          ///< taken from the reward of an answer that was cut off
    bool maskTruncated = false;            ///< answers that were cut off teach nothing
    RewardScale scale = RewardScale::Group;
    TokenMean mean = TokenMean::Dapo;
    double gamma = 1, lambda = 0.95;
    double valueCoefficient = 0.1, valueClip = 0.2;

    /// Whether the weights that learn from an answer are always those that wrote it: no ratio to keep.
    bool learnsOnce() const { return algorithm == PolicyAlgorithm::Grpo && iterations * minibatches == 1; }
};

/// The keys of a recipe's section `reinforcement`, the reward among them.
const std::vector<Field>& policyFields();
/// Complete settings as policyFields() describes them; those left out are the algorithm's own.
PolicySettings policySettings(const Settings& settings);

/// Per token, all (tokens) float32; ρ = exp(new - old), old = new without gradient where `old` is undefined:
///   -min(ρ A, clip(ρ, 1 - low, 1 + high) A) + kl · (exp(ref - new) - (ref - new) - 1)
/// the last term (Schulman's k3) only where `reference` is defined.
at::Tensor policyLosses(const PolicySettings& settings, const at::Tensor& newLogProbabilities,
                        const at::Tensor& old, const at::Tensor& reference, const at::Tensor& advantages);

/// Per token ½ max((V - R)², (clip(V, V_old ± valueClip) - R)²), all (tokens) float32.
at::Tensor valueLosses(const PolicySettings& settings, const at::Tensor& values, const at::Tensor& oldValues,
                       const at::Tensor& returns);

class PolicyObjective : public Objective {
  public:
    static Result<std::unique_ptr<Objective>> make(const Settings& settings);

    HeadKind head() const override { return HeadKind::LanguageModel; }
    double learningRateShare() const override { return 0.1; }
    bool usesDropout() const override { return false; }
    const PolicyObjective* policy() const override { return this; }
    /// Ppo: the value head, whose values start at 0.
    void prepare(const LanguageModel& model) override;
    std::vector<TrainedParameter> ownParameters() const override;
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;

    const PolicySettings& settings() const { return m_settings; }
    /// What a forward pass says of a batch's targets.
    struct Tokens {
        at::Tensor logProbabilities;  ///< (targets) float32, of softmax(logits / temperature)
        at::Tensor values;  ///< (targets) float32, at the position that predicts the target; Ppo only
    };
    Tokens tokensOf(LanguageModel& model, const Batch& batch) const;

  private:
    explicit PolicyObjective(const PolicySettings& settings) : m_settings(settings) {}

    PolicySettings m_settings;
    at::Tensor m_valueWeight, m_valueBias;  ///< (hidden) and (), float32; undefined for Grpo
};

}  // namespace lathe
