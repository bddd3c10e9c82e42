// SPDX-License-Identifier: GPL-3.0-or-later
// What a step of reinforcement trains on: the model writes answers, rewards judge them, a frozen reference says how far
// it has moved, and the answers become batches with an advantage a token.
#pragma once

#include <functional>
#include <map>

#include "core/infer/answer_sampler.h"
#include "core/train/policy_batch.h"
#include "core/train/rewards/reward.h"

namespace lathe {

/// What answers are written and judged with; all borrowed.
struct RolloutParts {
    LanguageModel& model;
    LanguageModel* reference = nullptr;  ///< null: the model with its adapters off
    const PolicyObjective& objective;
    const Tokenizer& tokenizer;
    WeightedRewards& rewards;
};

struct RolloutSettings {
    RowOrder::Settings order;  ///< in prompts; a micro-batch holds the answers to batchSize of them
    std::vector<int64_t> stopIds;
    int32_t padId = 0;
    at::Device device = at::kCPU;
    std::function<bool()> stopAsked{};  ///< asked before each token; may be empty
};

class Rollouts : public BatchSource {
  public:
    /// `prompts` must not be empty and must outlive the object.
    Rollouts(const std::vector<Example>& prompts, const RolloutParts& parts, RolloutSettings settings);

    /// Events: a RolloutEvent, and the answers with the highest and the lowest reward as SampleEvents. Random numbers
    /// come from the seed and the step alone.
    Result<StepBatches> next(int64_t step) override;

    struct Judgement {
        std::map<std::string, double> metrics;
        std::vector<RolloutAnswer> answers;  ///< one a prompt; none when it was stopped
    };
    /// The likeliest answer to each prompt judged: reward, its parts, length and ended, and as loss the reward's
    /// negative.
    Result<Judgement> judge(const std::vector<Example>& prompts, LanguageModel& model) const;
    /// The same of the model that learns, with its win_rate against the reference's answers: the share of prompts at
    /// which it is rewarded higher, a draw counting half. Always to be asked for the same prompts.
    Result<Judgement> evaluate(const std::vector<Example>& prompts);

    /// For whoever controls the run.
    void setStop(std::function<bool()> stopAsked) { m_settings.stopAsked = std::move(stopAsked); }

  private:
    using Answer = RolloutAnswer;
    using Group = std::vector<Answer*>;

    /// Nothing when it was stopped.
    Result<std::vector<Answer>> write(const std::vector<const Example*>& prompts, LanguageModel& model,
                                      const AnswerSettings& how) const;
    /// Fills Answer::reward.
    Result<WeightedRewards::Scores> reward(std::vector<Answer>& answers, const std::vector<const Example*>& prompts) const;
    /// Fills Answer::reference, and sampled and values where more than one update learns from them.
    void askModels(std::vector<Answer>& answers) const;
    void fillAdvantages(std::vector<Answer>& answers) const;
    std::vector<std::vector<Batch>> updatesOf(std::vector<Answer>& answers, int64_t step) const;
    RolloutEvent summary(const std::vector<Answer>& answers, const WeightedRewards::Scores& scores, int64_t step,
                         double seconds) const;
    std::size_t answersABatch() const;

    const std::vector<Example>& m_prompts;
    RolloutParts m_parts;
    RolloutSettings m_settings;
    const PolicySettings& m_policy;
    std::vector<double> m_referenceRewards;  ///< of the prompts that are judged, once they were asked for
};

}  // namespace lathe
