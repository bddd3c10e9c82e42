// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/objective.h"

#include <cmath>

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

RowScore* Objective::addRows(const at::Tensor& losses, EvaluationSums& sums) {
    if (!sums.eachRow) return nullptr;
    const at::Tensor host = losses.to(at::kCPU, at::kDouble).contiguous();
    const std::size_t first = sums.eachRow->size();
    for (int64_t i = 0; i < host.numel(); ++i) sums.eachRow->push_back({host.const_data_ptr<double>()[i]});
    return sums.eachRow->data() + first;
}

LabelScore Objective::labelScore(const std::string& label, const FoundCounts& counts) {
    const auto share = [](int64_t part, int64_t whole) {
        return whole > 0 ? double(part) / double(whole) : 0;
    };
    return {label, share(counts.right, counts.named), share(counts.right, counts.there),
            share(2 * counts.right, counts.there + counts.named), counts.there};
}

void Objective::addRewards(const at::Tensor& chosen, const at::Tensor& rejected, EvaluationSums& sums) {
    const at::Tensor lead = (chosen - rejected).to(at::kDouble);
    const at::Tensor added = at::stack(
        {(lead.sign() + 1).sum() / 2, chosen.to(at::kDouble).sum(), rejected.to(at::kDouble).sum()});
    sums.rewards = sums.rewards.defined() ? sums.rewards + added : added;
    if (!sums.eachRow) return;
    const at::Tensor leads = lead.cpu();
    RowScore* row = sums.eachRow->data() + sums.eachRow->size() - static_cast<std::size_t>(leads.numel());
    for (int64_t i = 0; i < leads.numel(); ++i, ++row) {
        const double own = leads.const_data_ptr<double>()[i];
        if (own != 0) row->output = {own > 0 ? 0 : 1};
        row->probability = 1 / (1 + std::exp(-std::abs(own)));  // Bradley and Terry's
    }
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
