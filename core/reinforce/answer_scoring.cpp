// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/answer_scoring.h"

#include <algorithm>
#include <cmath>

#include "core/reinforce/advantages.h"

namespace lathe {

std::vector<double> rewardsOf(const std::vector<RolloutAnswer>& answers) {
    std::vector<double> rewards;
    for (const RolloutAnswer& answer : answers) rewards.push_back(answer.reward);
    return rewards;
}

AnswerScoring::AnswerScoring(AnswerParts parts, const PolicySettings& policy)
    : m_parts(std::move(parts)), m_policy(policy) {
}

Result<std::vector<RolloutAnswer>> AnswerScoring::write(const std::vector<const Example*>& prompts,
                                                        const AnswerSettings& how) const {
    std::vector<std::vector<int32_t>> starts;
    for (const Example* prompt : prompts) starts.push_back(prompt->ids);
    AnswerSettings asked = how;
    asked.maxNewTokens = m_policy.maxNewTokens;
    asked.stopIds = m_parts.stopIds;
    asked.stopAsked = m_stopAsked;
    LATHE_TRY(const auto written, writeAnswers(m_parts.model, starts, asked));
    std::vector<RolloutAnswer> answers;
    for (std::size_t i = 0; i < written.size(); ++i) {
        const Example& prompt = *prompts[i / static_cast<std::size_t>(how.copies)];
        std::vector<int32_t> said = written[i].ids;
        RolloutAnswer answer;
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

Result<WeightedRewards::Scores> AnswerScoring::reward(std::vector<RolloutAnswer>& answers,
                                                      const std::vector<const Example*>& prompts) const {
    const std::size_t copies = answers.size() / prompts.size();
    std::vector<SampledAnswer> seen;
    for (std::size_t i = 0; i < answers.size(); ++i)
        seen.push_back({prompts[i / copies], answers[i].text,
                        static_cast<int64_t>(answers[i].row.ids.size() - answers[i].promptTokens),
                        answers[i].ended});
    LATHE_TRY(auto scores, m_parts.rewards.score(seen));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        answers[i].reward = scores.totals[i] - (answers[i].ended ? 0 : m_policy.missingEosPenalty);
        if (!std::isfinite(answers[i].reward))
            return Error{ErrorCode::NonFinite, "the reward of an answer is not a number",
                         prompts[i / copies]->text, "look at the reward model"};
    }
    return scores;
}

void AnswerScoring::addParts(const std::vector<std::vector<double>>& each,
                             std::map<std::string, double>& metrics) const {
    if (each.size() < 2) return;
    for (std::size_t i = 0; i < each.size(); ++i)
        metrics["reward/" + m_parts.rewards.names()[i]] = meanOf(each[i]);
}

Result<AnswerScoring::Judgement> AnswerScoring::judge(const std::vector<Example>& rows,
                                                      std::size_t together) const {
    const AnswerSettings greedy{.copies = 1, .temperature = 0};
    Judgement judgement;
    std::vector<double> lengths, ended;
    std::vector<std::vector<double>> each(m_parts.rewards.names().size());
    for (std::size_t first = 0; first < rows.size(); first += together) {
        std::vector<const Example*> prompts;
        for (std::size_t i = first; i < std::min(rows.size(), first + together); ++i)
            prompts.push_back(&rows[i]);
        LATHE_TRY(auto answers, write(prompts, greedy));
        if (answers.empty()) return Judgement();
        LATHE_TRY(const auto scores, reward(answers, prompts));
        for (std::size_t i = 0; i < each.size(); ++i)
            each[i].insert(each[i].end(), scores.each[i].begin(), scores.each[i].end());
        for (RolloutAnswer& answer : answers) {
            lengths.push_back(double(answer.row.ids.size() - answer.promptTokens));
            ended.push_back(answer.ended);
            judgement.answers.push_back(std::move(answer));
        }
    }
    const double mean = meanOf(rewardsOf(judgement.answers));
    judgement.metrics = {
        {"loss", -mean}, {"reward", mean}, {"length", meanOf(lengths)}, {"ended", meanOf(ended)}};
    addParts(each, judgement.metrics);
    return judgement;
}

}  // namespace lathe
