// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/objective.h"

namespace lathe {

void Objective::evaluate(LanguageModel& /*model*/, const Batch& /*batch*/, EvaluationSums& /*sums*/) const {
    LATHE_CHECK(!"the objective has no rows to judge by");
}

std::map<std::string, double> Objective::metrics(const EvaluationSums& /*sums*/) const {
    LATHE_CHECK(!"the objective has no rows to judge by");
    return {};
}

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

void Objective::addRewards(const at::Tensor& chosen, const at::Tensor& rejected, EvaluationSums& sums) {
    const at::Tensor lead = (chosen - rejected).to(at::kDouble);
    const at::Tensor added = at::stack(
        {(lead.sign() + 1).sum() / 2, chosen.to(at::kDouble).sum(), rejected.to(at::kDouble).sum()});
    sums.rewards = sums.rewards.defined() ? sums.rewards + added : added;
}

std::map<std::string, double> Objective::rewardMetrics(const EvaluationSums& sums) {
    std::map<std::string, double> result{{"loss", meanLoss(sums)}};
    if (!sums.rewards.defined() || sums.targets == 0) return result;
    const at::Tensor means = (sums.rewards / double(sums.targets)).cpu();
    const double* mean = means.const_data_ptr<double>();
    result["reward_accuracy"] = mean[0];
    result["chosen_reward"] = mean[1];
    result["rejected_reward"] = mean[2];
    result["reward_margin"] = mean[1] - mean[2];
    return result;
}

double Objective::meanLoss(const EvaluationSums& sums) {
    if (!sums.loss.defined() || sums.targets == 0) return 0;
    return sums.loss.item<double>() / double(sums.targets);
}

}  // namespace lathe
