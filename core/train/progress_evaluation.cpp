// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/progress_evaluation.h"

#include "core/evaluate/evaluator.h"

namespace lathe {
namespace {

constexpr std::size_t kShownAnswers = 2;  ///< of reinforcement, at each evaluation

Result<ProgressEvaluation> evaluateAnswers(const std::vector<Example>& rows, Rollouts& rollouts,
                                           int64_t step) {
    ProgressEvaluation evaluation;
    if (rows.empty()) return evaluation;
    LATHE_TRY(AnswerScoring::Judgement judged, rollouts.evaluate(rows));
    evaluation.metrics = std::move(judged.metrics);
    evaluation.stopped = evaluation.metrics.empty();
    for (const RolloutAnswer& answer : judged.answers) {
        if (evaluation.samples.size() == kShownAnswers) break;
        evaluation.samples.push_back({step, answer.row.text, answer.text, answer.reward});
    }
    return evaluation;
}

}  // namespace

Result<ProgressEvaluation> evaluateProgress(const OpenedBase& base, const TaskData& rows,
                                            const TrainableModel& model, int64_t step,
                                            const std::function<bool()>& stopAsked) {
    if (model.rollouts) {
        model.rollouts->setStop(stopAsked);
        return evaluateAnswers(rows.validation, *model.rollouts, step);
    }
    ProgressEvaluation evaluation;
    if (!rows.validation.empty()) {
        const EvaluationSettings how{
            base.recipe.train.batchSize, model.loaded.batchSettings(), stopAsked, {}};
        evaluation.metrics = evaluateRows(*model.loaded.model, *base.objective, rows.validation, how);
        evaluation.stopped = evaluation.metrics.empty();
        if (evaluation.stopped) return evaluation;
    }
    LATHE_TRY(evaluation.samples, model.sampler->sample(step));
    return evaluation;
}

}  // namespace lathe
