// SPDX-License-Identifier: GPL-3.0-or-later
// Judges what a model of the task reinforcement answers to prompts, by the recipe's rewards.
#pragma once

#include "core/evaluate/evaluate_target.h"
#include "core/objectives/policy.h"
#include "core/target/baseline_model.h"

namespace lathe {

struct AnswerEvaluation {
    LoadedModel& target;
    BaselineModel* before = nullptr;  ///< null where it is not asked for
    const PolicyObjective& objective;
    const Recipe& recipe;
    const std::vector<Example>& prompts;
    const EvaluationRequest& request;
    const EvaluationHooks& hooks;
};

/// Fills `result` from the likeliest answer to each prompt: a row's loss is its reward's negative, so that
/// the worst rows are those rewarded least; `answers` are the first rows. Errors: Stopped; those of the
/// rewards and of writing.
Result<void> evaluateAnswers(const AnswerEvaluation& what, Evaluation& result);

}  // namespace lathe
