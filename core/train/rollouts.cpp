// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/rollouts.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "core/base/split_mix.h"
#include "core/model/adapters_off.h"
#include "core/model/evaluation_mode.h"
#include "core/train/advantages.h"

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

double meanOf(const std::vector<double>& values) {
    return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

double spreadOf(const std::vector<double>& values) {
    if (values.size() < 2) return 0;
    const double mean = meanOf(values);
    double sum = 0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return std::sqrt(sum / double(values.size() - 1));
}

std::vector<double> rewardsOf(const std::vector<RolloutAnswer>& answers) {
    std::vector<double> rewards;
    for (const RolloutAnswer& answer : answers) rewards.push_back(answer.reward);
    return rewards;
}

}  // namespace

Rollouts::Rollouts(const std::vector<Example>& prompts, const RolloutParts& parts, RolloutSettings settings)
    : BatchSource({static_cast<int64_t>(prompts.size()), settings.order}),
      m_prompts(prompts),
      m_parts(parts),
      m_settings(std::move(settings)),
      m_policy(parts.objective.settings()) {
}

std::size_t Rollouts::answersABatch() const {
    return static_cast<std::size_t>(m_settings.order.batchSize * m_policy.generations);
}

Result<StepBatches> Rollouts::next(int64_t step) {
    std::vector<const Example*> prompts;
    for (const auto& numbers : order.nextStep())
        for (const int64_t number : numbers) prompts.push_back(&m_prompts[static_cast<std::size_t>(number)]);
    const auto begin = std::chrono::steady_clock::now();
    const AnswerSettings how{.copies = m_policy.generations,
                             .maxNewTokens = m_policy.maxNewTokens,
                             .temperature = m_policy.temperature,
                             .topP = m_policy.topP,
                             .seed = seedOf(m_settings.order.seed, step),
                             .stopIds = m_settings.stopIds,
                             .stopAsked = m_settings.stopAsked};
    LATHE_TRY(std::vector<Answer> answers, write(prompts, m_parts.model, how));
    StepBatches taken;
    if (answers.empty()) return taken;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    LATHE_TRY(const auto scores, reward(answers, prompts));
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

Result<std::vector<Rollouts::Answer>> Rollouts::write(const std::vector<const Example*>& prompts, LanguageModel& model,
                                                      const AnswerSettings& how) const {
    std::vector<std::vector<int32_t>> starts;
    for (const Example* prompt : prompts) starts.push_back(prompt->ids);
    LATHE_TRY(const auto written, writeAnswers(model, starts, how));
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < written.size(); ++i) {
        const Example& prompt = *prompts[i / static_cast<std::size_t>(how.copies)];
        std::vector<int32_t> said = written[i].ids;
        Answer answer;
        answer.row.text = prompt.text;
        answer.row.ids = prompt.ids;
        answer.promptTokens = prompt.ids.size();
        answer.row.targets.assign(prompt.ids.size(), kNoTarget);
        answer.row.ids.insert(answer.row.ids.end(), said.begin(), said.end());
        answer.row.targets.insert(answer.row.targets.end(), said.begin(), said.end());
        answer.sampled.assign(written[i].logProbabilities.begin(), written[i].logProbabilities.end());
        answer.ended = written[i].ended;
        if (answer.ended) said.pop_back();
        answer.text = m_parts.tokenizer.decode(said, true);
        answers.push_back(std::move(answer));
    }
    return answers;
}

Result<WeightedRewards::Scores> Rollouts::reward(std::vector<Answer>& answers,
                                                 const std::vector<const Example*>& prompts) const {
    const std::size_t copies = answers.size() / prompts.size();
    std::vector<SampledAnswer> seen;
    for (std::size_t i = 0; i < answers.size(); ++i)
        seen.push_back({prompts[i / copies], answers[i].text,
                        static_cast<int64_t>(answers[i].row.ids.size() - answers[i].promptTokens), answers[i].ended});
    LATHE_TRY(auto scores, m_parts.rewards.score(seen));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        answers[i].reward = scores.totals[i] - (answers[i].ended ? 0 : m_policy.missingEosPenalty);
        if (!std::isfinite(answers[i].reward))
            return Error{ErrorCode::NonFinite, "the reward of an answer is not a number", prompts[i / copies]->text,
                         "look at the reward model"};
    }
    return scores;
}

void Rollouts::askModels(std::vector<Answer>& answers) const {
    const at::NoGradGuard noGrad;
    LanguageModel& other = m_parts.reference ? *m_parts.reference : m_parts.model;
    for (std::size_t first = 0; first < answers.size(); first += answersABatch()) {
        Group group;
        std::vector<const Example*> rows;
        for (std::size_t i = first; i < std::min(answers.size(), first + answersABatch()); ++i) {
            group.push_back(&answers[i]);
            rows.push_back(&answers[i].row);
        }
        if (!m_policy.learnsOnce()) {
            const EvaluationMode evaluation(m_parts.model);
            const auto tokens = m_parts.objective.tokensOf(
                m_parts.model, makeBatch(rows, batchSettingsFor(m_parts.model, m_settings.padId, m_settings.device)));
            sharedOut(tokens.logProbabilities, group, &Answer::sampled);
            if (tokens.values.defined()) sharedOut(tokens.values, group, &Answer::values);
        }
        const EvaluationMode evaluation(other);
        std::optional<AdaptersOff> off;
        if (!m_parts.reference) off.emplace(m_parts.model);
        const auto tokens = m_parts.objective.tokensOf(
            other, makeBatch(rows, batchSettingsFor(other, m_settings.padId, m_settings.device)));
        sharedOut(tokens.logProbabilities, group, &Answer::reference);
    }
}

void Rollouts::fillAdvantages(std::vector<Answer>& answers) const {
    if (m_policy.algorithm == PolicyAlgorithm::Grpo) {
        const auto leads =
            groupAdvantages(rewardsOf(answers), static_cast<std::size_t>(m_policy.generations), m_policy.scale);
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
        TokenAdvantages tokens = generalisedAdvantages(rewards, answer.values, m_policy.gamma, m_policy.lambda);
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
    const auto count = static_cast<int64_t>(teaching.size()), parts = std::min(m_policy.minibatches, std::max<int64_t>(1, count));
    const BatchSettings batch = batchSettingsFor(m_parts.model, m_settings.padId, m_settings.device);
    std::vector<std::vector<Batch>> updates;
    for (int64_t iteration = 0; iteration < m_policy.iterations; ++iteration) {
        Group shuffled = teaching;
        if (parts > 1) {
            const uint64_t seed = seedOf(m_settings.order.seed + 1, step);
            const auto places = shuffledOrder(count, seed, static_cast<uint64_t>(iteration));
            for (std::size_t i = 0; i < places.size(); ++i) shuffled[i] = teaching[static_cast<std::size_t>(places[i])];
        }
        for (int64_t part = 0; part < parts; ++part) {
            std::vector<Batch>& batches = updates.emplace_back();
            const auto begin = shuffled.begin() + part * count / parts, end = shuffled.begin() + (part + 1) * count / parts;
            for (auto at = begin; at != end;) {
                const auto next = at + std::min<std::ptrdiff_t>(end - at, static_cast<std::ptrdiff_t>(answersABatch()));
                batches.push_back(policyBatch({at, next}, m_policy, batch));
                at = next;
            }
        }
    }
    return updates;
}

RolloutEvent Rollouts::summary(const std::vector<Answer>& answers, const WeightedRewards::Scores& scores, int64_t step,
                               double seconds) const {
    const std::vector<double> rewards = rewardsOf(answers);
    double tokens = 0, kl = 0, ended = 0;
    for (const Answer& answer : answers) {
        tokens += double(answer.sampled.size());
        ended += answer.ended;
        for (std::size_t t = 0; t < answer.sampled.size(); ++t) kl += answer.sampled[t] - answer.reference[t];
    }
    const double count = double(answers.size());
    RolloutEvent event{step, meanOf(rewards), kl / tokens, tokens / count, {}};
    event.metrics = {{"reward_std", spreadOf(rewards)}, {"ended", ended / count}, {"tokens_per_second", tokens / seconds}};
    if (m_policy.generations > 1)
        event.metrics["no_signal"] = noSignalShare(rewards, static_cast<std::size_t>(m_policy.generations));
    if (scores.each.size() > 1)
        for (std::size_t i = 0; i < scores.each.size(); ++i)
            event.metrics["reward/" + m_parts.rewards.names()[i]] = meanOf(scores.each[i]);
    return event;
}

Result<Rollouts::Judgement> Rollouts::judge(const std::vector<Example>& rows, LanguageModel& model) const {
    const AnswerSettings greedy{.copies = 1,
                                .maxNewTokens = m_policy.maxNewTokens,
                                .temperature = 0,
                                .stopIds = m_settings.stopIds,
                                .stopAsked = m_settings.stopAsked};
    Judgement judgement;
    std::vector<double> lengths, ended;
    std::vector<std::vector<double>> each(m_parts.rewards.names().size());
    for (std::size_t first = 0; first < rows.size(); first += answersABatch()) {
        std::vector<const Example*> prompts;
        for (std::size_t i = first; i < std::min(rows.size(), first + answersABatch()); ++i) prompts.push_back(&rows[i]);
        LATHE_TRY(auto answers, write(prompts, model, greedy));
        if (answers.empty()) return Judgement();
        LATHE_TRY(const auto scores, reward(answers, prompts));
        for (std::size_t i = 0; i < each.size(); ++i)
            each[i].insert(each[i].end(), scores.each[i].begin(), scores.each[i].end());
        for (Answer& answer : answers) {
            lengths.push_back(double(answer.row.ids.size() - answer.promptTokens));
            ended.push_back(answer.ended);
            judgement.answers.push_back(std::move(answer));
        }
    }
    const double mean = meanOf(rewardsOf(judgement.answers));
    judgement.metrics = {{"loss", -mean}, {"reward", mean}, {"length", meanOf(lengths)}, {"ended", meanOf(ended)}};
    if (each.size() > 1)
        for (std::size_t i = 0; i < each.size(); ++i)
            judgement.metrics["reward/" + m_parts.rewards.names()[i]] = meanOf(each[i]);
    return judgement;
}

Result<Rollouts::Judgement> Rollouts::evaluate(const std::vector<Example>& prompts) {
    if (m_referenceRewards.empty()) {
        std::optional<AdaptersOff> off;
        if (!m_parts.reference) off.emplace(m_parts.model);
        LATHE_TRY(const auto before, judge(prompts, m_parts.reference ? *m_parts.reference : m_parts.model));
        m_referenceRewards = rewardsOf(before.answers);
    }
    LATHE_TRY(auto now, judge(prompts, m_parts.model));
    const std::size_t count = now.answers.size();
    if (count == 0 || m_referenceRewards.size() != count) return Judgement();
    double wins = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double reward = now.answers[i].reward, before = m_referenceRewards[i];
        wins += reward > before ? 1 : reward == before ? 0.5 : 0;
    }
    now.metrics["win_rate"] = wins / double(count);
    return now;
}

}  // namespace lathe
