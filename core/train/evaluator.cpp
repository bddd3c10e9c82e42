// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/evaluator.h"

#include <algorithm>
#include <vector>

#include "core/model/evaluation_mode.h"

namespace lathe {

std::map<std::string, double> evaluateRows(LanguageModel& model, const Objective& objective,
                                           std::span<const Example> rows,
                                           const EvaluationSettings& settings) {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(model);
    std::vector<const Example*> byLength;
    for (const Example& row : rows) byLength.push_back(&row);
    std::stable_sort(byLength.begin(), byLength.end(),
                     [](const Example* a, const Example* b) { return a->ids.size() > b->ids.size(); });
    EvaluationSums sums;
    const auto batchSize = static_cast<std::size_t>(std::max<int64_t>(1, settings.batchSize));
    for (std::size_t begin = 0; begin < byLength.size(); begin += batchSize) {
        if (settings.stopAsked && settings.stopAsked()) return {};
        const std::size_t count = std::min(batchSize, byLength.size() - begin);
        const Batch batch =
            makeBatch(std::span<const Example* const>(byLength).subspan(begin, count), settings.batch);
        if (batch.targetCount > 0) objective.evaluate(model, batch, sums);
    }
    return objective.metrics(sums);
}

}  // namespace lathe
