// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/objective.h"

namespace lathe {

void Objective::addLoss(const at::Tensor& lossSum, const Batch& batch, EvaluationSums& sums) {
    const at::Tensor loss = lossSum.detach().to(at::kDouble);
    if (sums.loss.defined()) {
        sums.loss.add_(loss);
    } else {
        sums.loss = loss;
    }
    sums.targets += batch.targetCount;
    sums.rows += batch.ids.size(0);
}

double Objective::meanLoss(const EvaluationSums& sums) {
    if (!sums.loss.defined() || sums.targets == 0) return 0;
    return sums.loss.item<double>() / double(sums.targets);
}

}  // namespace lathe
