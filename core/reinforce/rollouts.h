// SPDX-License-Identifier: GPL-3.0-or-later
// What a step of reinforcement trains on: the model writes answers, rewards judge them, the model as it began
// says how far it has moved, and the answers become batches with an advantage a token.
#pragma once

#include "core/reinforce/answer_scoring.h"
#include "core/reinforce/starting_weights.h"

namespace lathe {

struct RolloutSettings {
    RowOrder::Settings order;  ///< in prompts; a micro-batch holds the answers to batchSize of them
    int32_t padId = 0;
    at::Device device = at::kCPU;
};

class Rollouts : public BatchSource {
  public:
    /// `prompts` must not be empty; they, the parts and the objective must outlive the object. The frozen
    /// reference is the model as it is now.
    Rollouts(const std::vector<Example>& prompts, const AnswerParts& parts, const PolicyObjective& objective,
             const RolloutSettings& settings);

    /// Events: a RolloutEvent, and the answers with the highest and the lowest reward as SampleEvents. Random
    /// numbers come from the seed and the step alone.
    Result<StepBatches> next(int64_t step) override;

    /// AnswerScoring::judge with win_rate against the reference's answers: the share of prompts at which the
    /// model is rewarded higher, a draw counting half. Always to be asked for the same prompts.
    Result<AnswerScoring::Judgement> evaluate(const std::vector<Example>& prompts);

    /// For whoever controls the run.
    void setStop(std::function<bool()> stopAsked) { m_judge.setStop(std::move(stopAsked)); }

  private:
    using Answer = RolloutAnswer;
    using Group = std::vector<Answer*>;

    /// Fills Answer::reference, and sampled and values where more than one update learns from them.
    void askModels(std::vector<Answer>& answers) const;
    void fillAdvantages(std::vector<Answer>& answers) const;
    std::vector<std::vector<Batch>> updatesOf(std::vector<Answer>& answers, int64_t step) const;
    RolloutEvent summary(const std::vector<Answer>& answers, const WeightedRewards::Scores& scores,
                         int64_t step, double seconds) const;
    std::size_t answersABatch() const;

    const std::vector<Example>& m_prompts;
    LanguageModel& m_model;
    const PolicyObjective& m_objective;
    RolloutSettings m_settings;
    const PolicySettings& m_policy;
    AnswerScoring m_judge;
    StartingWeights m_start;
    std::vector<double> m_referenceRewards;  ///< of the prompts that are judged, once they were asked for
};

}  // namespace lathe
