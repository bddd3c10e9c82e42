// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/rollouts.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "core/base/split_mix.h"
#include "core/model/evaluation_mode.h"
#include "core/reinforce/advantages.h"

namespace lathe {
namespace {

uint64_t seedOf(uint64_t seed, int64_t step) {
    SplitMix seeds(seed ^ (static_cast<uint64_t>(step) * 0xD1342543DE82EF95u));
    return seeds.next();
}

using TokenValues = std::vector<double> RolloutAnswer::*;

/// Shares a batch's values out to the answers they belong to.
void sharedOut(const at::Tensor& values, const std::vector<RolloutAnswer*>& answers, TokenValues member) {
    const at::Tensor host = values.to(at::kCPU, at::kDouble).contiguous();
    const double* from = host.const_data_ptr<double>();
    for (RolloutAnswer* answer : answers) {
        const std::size_t count = answer->row.ids.size() - answer->promptTokens;
        (answer->*member).assign(from, from + count);
        from += count;
    }
}

}  // namespace

Rollouts::Rollouts(const std::vector<Example>& prompts, const AnswerParts& parts,
                   const PolicyObjective& objective, const RolloutSettings& settings)
    : BatchSource({static_cast<int64_t>(prompts.size()), settings.order}),
      m_prompts(prompts),
      m_model(parts.model),
      m_objective(objective),
      m_settings(settings),
      m_policy(objective.settings()),
      m_judge(parts, m_policy),
      m_start(parts.model) {
}

std::size_t Rollouts::answersABatch() const {
    return static_cast<std::size_t>(m_settings.order.batchSize * m_policy.generations);
}

Result<StepBatches> Rollouts::next(int64_t step) {
    std::vector<const Example*> prompts;
    std::vector<Answer> answers;
    StepBatches taken;
    const auto begin = std::chrono::steady_clock::now();
    AnswerSettings how{.copies = m_policy.generations,
                       .temperature = m_policy.temperature,
                       .topP = m_policy.topP,
                       .seed = seedOf(m_settings.order.seed, step)};
    // A micro-batch at a time: accumulation is for a larger batch in the same memory.
    for (const auto& numbers : order.nextStep()) {
        std::vector<const Example*> together;
        for (const int64_t number : numbers) together.push_back(&m_prompts[static_cast<std::size_t>(number)]);
        how.place = answers.size();
        LATHE_TRY(std::vector<Answer> written, m_judge.write(together, how));
        if (written.empty()) return taken;
        prompts.insert(prompts.end(), together.begin(), together.end());
        std::move(written.begin(), written.end(), std::back_inserter(answers));
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    LATHE_TRY(const auto scores, m_judge.reward(answers, prompts));
    askModels(answers);
    fillAdvantages(answers);
    taken.updates = updatesOf(answers, step);
    taken.events.push_back(summary(answers, scores, step, seconds.count()));
    const auto [worst, best] = std::minmax_element(
        answers.begin(), answers.end(), [](const Answer& a, const Answer& b) { return a.reward < b.reward; });
    for (const auto& answer : {best, worst})
        taken.events.push_back(SampleEvent{step, answer->row.text, answer->text, answer->reward});
    return taken;
}

void Rollouts::askModels(std::vector<Answer>& answers) const {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(m_model);
    const BatchSettings batch = batchSettingsFor(m_model, m_settings.padId, m_settings.device);
    const auto ask = [&](auto keep) {
        for (std::size_t first = 0; first < answers.size(); first += answersABatch()) {
            Group group;
            std::vector<const Example*> rows;
            for (std::size_t i = first; i < std::min(answers.size(), first + answersABatch()); ++i) {
                group.push_back(&answers[i]);
                rows.push_back(&answers[i].row);
            }
            keep(m_objective.tokensOf(m_model, makeBatch(rows, batch)), group);
        }
    };
    if (!m_policy.learnsOnce())
        ask([](const PolicyObjective::Tokens& tokens, const Group& group) {
            sharedOut(tokens.logProbabilities, group, &Answer::sampled);
            if (tokens.values.defined()) sharedOut(tokens.values, group, &Answer::values);
        });
    const StartingWeights::AsItBegan reference(m_start);
    ask([](const PolicyObjective::Tokens& tokens, const Group& group) {
        sharedOut(tokens.logProbabilities, group, &Answer::reference);
    });
}

void Rollouts::fillAdvantages(std::vector<Answer>& answers) const {
    if (m_policy.algorithm == PolicyAlgorithm::Grpo) {
        const auto leads = groupAdvantages(rewardsOf(answers), static_cast<std::size_t>(m_policy.generations),
                                           m_policy.scale);
        for (std::size_t i = 0; i < answers.size(); ++i)
            answers[i].advantages.assign(answers[i].sampled.size(), leads[i]);
        return;
    }
    std::vector<double*> all;
    for (Answer& answer : answers) {
        // What was moved away from the reference costs at every token; the reward comes with the last one.
        std::vector<double> rewards;
        for (std::size_t t = 0; t < answer.sampled.size(); ++t)
            rewards.push_back(-m_policy.klCoefficient * (answer.sampled[t] - answer.reference[t]));
        rewards.back() += answer.reward;
        TokenAdvantages tokens =
            generalisedAdvantages(rewards, answer.values, m_policy.gamma, m_policy.lambda);
        answer.advantages = std::move(tokens.advantages);
        answer.returns = std::move(tokens.returns);
        for (double& advantage : answer.advantages) all.push_back(&advantage);
    }
    whiten(all);
}

std::vector<std::vector<Batch>> Rollouts::updatesOf(std::vector<Answer>& answers, int64_t step) const {
    Group teaching;
    for (Answer& answer : answers)
        if (answer.ended || !m_policy.maskTruncated) teaching.push_back(&answer);
    const auto count = static_cast<int64_t>(teaching.size());
    const int64_t parts = std::min(m_policy.minibatches, std::max<int64_t>(1, count));
    const BatchSettings batch = batchSettingsFor(m_model, m_settings.padId, m_settings.device);
    std::vector<std::vector<Batch>> updates;
    for (int64_t iteration = 0; iteration < m_policy.iterations; ++iteration) {
        Group shuffled = teaching;
        if (parts > 1) {
            const uint64_t seed = seedOf(m_settings.order.seed + 1, step);
            const auto places = shuffledOrder(count, seed, static_cast<uint64_t>(iteration));
            for (std::size_t i = 0; i < places.size(); ++i)
                shuffled[i] = teaching[static_cast<std::size_t>(places[i])];
        }
        for (int64_t part = 0; part < parts; ++part) {
            std::vector<Batch>& batches = updates.emplace_back();
            const auto begin = shuffled.begin() + part * count / parts;
            const auto end = shuffled.begin() + (part + 1) * count / parts;
            for (auto at = begin; at != end;) {
                const auto next =
                    at + std::min<std::ptrdiff_t>(end - at, static_cast<std::ptrdiff_t>(answersABatch()));
                batches.push_back(policyBatch({at, next}, m_policy, batch));
                at = next;
            }
        }
    }
    return updates;
}

RolloutEvent Rollouts::summary(const std::vector<Answer>& answers, const WeightedRewards::Scores& scores,
                               int64_t step, double seconds) const {
    const std::vector<double> rewards = rewardsOf(answers);
    double tokens = 0, kl = 0, ended = 0;
    for (const Answer& answer : answers) {
        tokens += double(answer.sampled.size());
        ended += answer.ended;
        for (std::size_t t = 0; t < answer.sampled.size(); ++t) kl += answer.sampled[t] - answer.reference[t];
    }
    const double count = double(answers.size());
    RolloutEvent event{step, meanOf(rewards), kl / tokens, tokens / count, {}};
    event.metrics = {
        {"reward_std", spreadOf(rewards)}, {"ended", ended / count}, {"tokens_per_second", tokens / seconds}};
    if (m_policy.generations > 1)
        event.metrics["no_signal"] = noSignalShare(rewards, static_cast<std::size_t>(m_policy.generations));
    m_judge.addParts(scores.each, event.metrics);
    return event;
}

Result<AnswerScoring::Judgement> Rollouts::evaluate(const std::vector<Example>& prompts) {
    if (m_referenceRewards.empty()) {
        const StartingWeights::AsItBegan reference(m_start);
        LATHE_TRY(const auto before, m_judge.judge(prompts, answersABatch()));
        m_referenceRewards = rewardsOf(before.answers);
    }
    LATHE_TRY(auto now, m_judge.judge(prompts, answersABatch()));
    const std::size_t count = now.answers.size();
    if (count == 0 || m_referenceRewards.size() != count) return AnswerScoring::Judgement();
    double wins = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double reward = now.answers[i].reward, before = m_referenceRewards[i];
        wins += reward > before ? 1 : reward == before ? 0.5 : 0;
    }
    now.metrics["win_rate"] = wins / double(count);
    return now;
}

}  // namespace lathe
