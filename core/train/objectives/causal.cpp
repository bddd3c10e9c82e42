// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/causal.h"

#include <cmath>

#include "core/ops/linear_cross_entropy.h"

namespace lathe {

at::Tensor CausalObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return linearCrossEntropy(model.hidden(batch), model.languageHead(), batch.lossRows, batch.lossTargets);
}

void CausalObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    addLoss(lossSum(model, batch), batch, sums);
}

std::map<std::string, double> CausalObjective::metrics(const EvaluationSums& sums) const {
    const double loss = meanLoss(sums);
    return {{"loss", loss}, {"perplexity", std::exp(loss)}};
}

}  // namespace lathe
