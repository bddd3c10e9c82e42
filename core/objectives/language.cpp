// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/language.h"

#include <cmath>

#include "core/ops/linear_cross_entropy.h"

namespace lathe {

at::Tensor LanguageObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return linearCrossEntropy(model.hidden(batch), model.languageHead(), batch.lossRows, batch.lossTargets);
}

void LanguageObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    if (!sums.eachRow) return addLoss(lossSum(model, batch), batch, sums);
    const at::Tensor hidden = model.hidden(batch);  // (batch, time, hidden)
    const at::Tensor losses =
        -linearLogProbabilities(hidden, model.languageHead(), batch.lossRows, batch.lossTargets)
             .to(at::kDouble);
    addLoss(losses.sum(), batch, sums);
    const at::Tensor row = batch.lossRows.div(hidden.size(1), "floor");
    const at::Tensor none = at::zeros({hidden.size(0)}, losses.options());
    addRows(none.index_add(0, row, losses) / none.index_add(0, row, at::ones_like(losses)).clamp_min(1),
            sums);
}

std::map<std::string, double> LanguageObjective::metrics(const EvaluationSums& sums) const {
    const double loss = meanLoss(sums);
    return {{"loss", loss}, {"perplexity", std::exp(loss)}};
}

}  // namespace lathe
