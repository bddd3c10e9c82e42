// SPDX-License-Identifier: GPL-3.0-or-later
// Lets a model answer prompts and has the answers judged by rewards.
#pragma once

#include <functional>
#include <map>

#include "core/infer/answer_sampler.h"
#include "core/reinforce/policy_batch.h"
#include "core/reinforce/weighted_rewards.h"

namespace lathe {

/// What answers are written and judged with; all but the stop ids borrowed.
struct AnswerParts {
    LanguageModel& model;
    const Tokenizer& tokenizer;
    WeightedRewards& rewards;
    std::vector<int64_t> stopIds;
};

std::vector<double> rewardsOf(const std::vector<RolloutAnswer>& answers);

class AnswerScoring {
  public:
    /// `policy` says how long answers may be and what a cut one costs; borrowed.
    AnswerScoring(AnswerParts parts, const PolicySettings& policy);

    /// As writeAnswers, with this judge's length, stop ids and stop; nothing when it was stopped.
    Result<std::vector<RolloutAnswer>> write(const std::vector<const Example*>& prompts,
                                             const AnswerSettings& how) const;
    /// Fills RolloutAnswer::reward.
    Result<WeightedRewards::Scores> reward(std::vector<RolloutAnswer>& answers,
                                           const std::vector<const Example*>& prompts) const;
    /// The mean of each of several rewards, as reward/NAME.
    void addParts(const std::vector<std::vector<double>>& each, std::map<std::string, double>& metrics) const;

    struct Judgement {
        std::map<std::string, double> metrics;
        std::vector<RolloutAnswer> answers;  ///< one a prompt; none when it was stopped
    };
    /// The likeliest answer to each prompt judged, `together` of them at a time: reward, its parts, length
    /// and ended, and as loss the reward's negative.
    Result<Judgement> judge(const std::vector<Example>& prompts, std::size_t together) const;

    /// Asked before each token; may be empty.
    void setStop(std::function<bool()> stopAsked) { m_stopAsked = std::move(stopAsked); }

  private:
    AnswerParts m_parts;
    const PolicySettings& m_policy;
    std::function<bool()> m_stopAsked;
};

}  // namespace lathe
