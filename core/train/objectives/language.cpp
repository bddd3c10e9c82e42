// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/language.h"

#include <cmath>

#include "core/ops/linear_cross_entropy.h"

namespace lathe {

at::Tensor LanguageObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return linearCrossEntropy(model.hidden(batch), model.languageHead(), batch.lossRows, batch.lossTargets);
}

void LanguageObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    addLoss(lossSum(model, batch), batch, sums);
}

std::map<std::string, double> LanguageObjective::metrics(const EvaluationSums& sums) const {
    const double loss = meanLoss(sums);
    return {{"loss", loss}, {"perplexity", std::exp(loss)}};
}

}  // namespace lathe
