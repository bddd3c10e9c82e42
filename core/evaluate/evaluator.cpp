// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluate/evaluator.h"

#include "core/batches/evaluation_batches.h"
#include "core/model/evaluation_mode.h"

namespace lathe {

std::optional<EvaluationSums> sumRows(LanguageModel& model, const Objective& objective,
                                      std::span<const Example> rows, const EvaluationSettings& settings,
                                      std::vector<RowScore>* each) {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(model);
    std::vector<const Example*> all;
    for (const Example& row : rows) all.push_back(&row);
    if (each) each->assign(rows.size(), {});
    std::vector<RowScore> scores;
    EvaluationSums sums;
    if (each) sums.eachRow = &scores;
    for (const std::vector<const Example*>& chosen : batchesByLength(all, settings.batchSize)) {
        if (settings.stopAsked && settings.stopAsked()) return std::nullopt;
        const Batch batch = makeBatch(chosen, settings.batch);
        scores.clear();
        if (batch.targetCount > 0) objective.evaluate(model, batch, sums);
        for (std::size_t i = 0; i < scores.size(); ++i)
            (*each)[static_cast<std::size_t>(chosen[i] - rows.data())] = std::move(scores[i]);
        if (settings.rowsDone) settings.rowsDone(static_cast<int64_t>(chosen.size()));
    }
    sums.eachRow = nullptr;
    return sums;
}

std::map<std::string, double> evaluateRows(LanguageModel& model, const Objective& objective,
                                           std::span<const Example> rows,
                                           const EvaluationSettings& settings) {
    const auto sums = sumRows(model, objective, rows, settings);
    return sums ? objective.metrics(*sums) : std::map<std::string, double>();
}

}  // namespace lathe
