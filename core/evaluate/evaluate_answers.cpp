// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluate/evaluate_answers.h"

#include <algorithm>
#include <numeric>

#include "core/reinforce/answer_scoring.h"
#include "core/target/row_prompt.h"

namespace lathe {
namespace {

constexpr std::size_t kTogether = 16;  ///< answers written at a time

EvaluationSide sideOf(const AnswerScoring::Judgement& judgement) {
    EvaluationSide side;
    side.metrics = judgement.metrics;
    side.loss = side.metrics["loss"];
    side.metrics.erase("loss");
    return side;
}

RowOutcome outcomeOf(const RolloutAnswer& answer) {
    RowOutcome outcome;
    outcome.loss = -answer.reward;
    outcome.got = answer.text;
    return outcome;
}

}  // namespace

Result<void> evaluateAnswers(const AnswerEvaluation& what, Evaluation& result) {
    LATHE_TRY(auto rewards, WeightedRewards::ofTask(what.recipe.objective.values, what.target.device.str()));
    LATHE_TRY(const ChatFormat chat, what.target.chatFormat());
    const auto answered = [&](LoadedModel& model) -> Result<AnswerScoring::Judgement> {
        AnswerScoring judge({*model.model, *model.tokenizer, rewards, answerEnds(*model.tokenizer, chat)},
                            what.objective.settings());
        judge.setStop(what.hooks.stopAsked);
        LATHE_TRY(auto judgement, judge.judge(what.prompts, kTogether));
        if (judgement.answers.empty()) return Error{ErrorCode::Stopped, "the evaluation was stopped", "", ""};
        return judgement;
    };
    LATHE_TRY(const auto now, answered(what.target));
    std::optional<AnswerScoring::Judgement> before;
    if (what.before) {
        LATHE_TRY(before, what.before->ask(answered));
        result.before = sideOf(*before);
    }
    result.now = sideOf(now);
    const auto list = [&](std::vector<std::size_t> rows, int64_t most, std::vector<EvaluatedRow>& listed) {
        rows.resize(std::min(rows.size(), static_cast<std::size_t>(most)));
        for (const std::size_t row : rows) {
            EvaluatedRow& item = listed.emplace_back();
            item.line = static_cast<int64_t>(what.prompts[row].line);
            item.text = what.prompts[row].text;
            item.expected = what.prompts[row].answer;
            item.now = outcomeOf(now.answers[row]);
            if (before) item.before = outcomeOf(before->answers[row]);
        }
    };
    std::vector<std::size_t> rows(what.prompts.size());
    std::iota(rows.begin(), rows.end(), std::size_t(0));
    list(rows, what.request.answers, result.answers);
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
        return now.answers[a].reward < now.answers[b].reward;
    });
    list(rows, what.request.listedRows, result.worst);
    if (!before) return {};
    const auto change = [&](std::size_t row) {
        return now.answers[row].reward - before->answers[row].reward;
    };
    for (const std::size_t row : rows) {
        result.rowsBetter += change(row) > 0;
        result.rowsWorse += change(row) < 0;
    }
    std::erase_if(rows, [&](std::size_t row) { return change(row) == 0; });
    std::stable_sort(rows.begin(), rows.end(),
                     [&](std::size_t a, std::size_t b) { return std::abs(change(a)) > std::abs(change(b)); });
    list(rows, what.request.listedRows, result.changed);
    return {};
}

}  // namespace lathe
