// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/evaluator.h"

#include <vector>

#include "core/model/evaluation_mode.h"

namespace lathe {

std::map<std::string, double> evaluateRows(LanguageModel& model, const Objective& objective,
                                           std::span<const Example> rows,
                                           const EvaluationSettings& settings) {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(model);
    std::vector<const Example*> all;
    for (const Example& row : rows) all.push_back(&row);
    EvaluationSums sums;
    for (const std::vector<const Example*>& chosen : batchesByLength(all, settings.batchSize)) {
        if (settings.stopAsked && settings.stopAsked()) return {};
        const Batch batch = makeBatch(chosen, settings.batch);
        if (batch.targetCount > 0) objective.evaluate(model, batch, sums);
    }
    return objective.metrics(sums);
}

}  // namespace lathe
