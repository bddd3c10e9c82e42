// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/reward_model.h"

namespace lathe {
namespace {

/// (2 · pairs) float64: the better answers' scores, then the worse ones'.
at::Tensor scoresOf(LanguageModel& model, const Batch& batch) {
    return model.classify(model.hidden(batch), batch).select(1, 0).to(at::kDouble);
}

at::Tensor lossesOf(const at::Tensor& scores, const Batch& batch, double centering) {
    const auto halves = scores.chunk(2);
    return bradleyTerryLosses(halves[0], halves[1], batch.margins, centering);
}

}  // namespace

at::Tensor bradleyTerryLosses(const at::Tensor& chosen, const at::Tensor& rejected, const at::Tensor& margins,
                              double centering) {
    const at::Tensor losses = -at::log_sigmoid(chosen - rejected - margins);
    return centering > 0 ? losses + centering * (chosen + rejected).square() : losses;
}

const std::vector<Field>& rewardFields() {
    static const std::vector<Field> fields{
        {"center_rewards_coefficient",
         FieldKind::Number,
         0.0,
         0.0,
         1000.0,
         {},
         "Pulls the two scores of a pair towards a sum of 0; usual: 0, or 0.01 where scores drift away.",
         true},
    };
    return fields;
}

Result<std::unique_ptr<Objective>> RewardObjective::make(const Settings& settings) {
    return std::unique_ptr<Objective>(
        new RewardObjective(numberSetting(settings, "center_rewards_coefficient", 0)));
}

at::Tensor RewardObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return lossesOf(scoresOf(model, batch), batch, m_centering).sum().to(at::kFloat);
}

void RewardObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor scores = scoresOf(model, batch);
    const at::Tensor losses = lossesOf(scores, batch, m_centering);
    addLoss(losses.sum(), batch, sums);
    addRows(losses, sums);
    const auto halves = scores.chunk(2);
    addRewards(halves[0], halves[1], sums);
}

std::map<std::string, double> RewardObjective::metrics(const EvaluationSums& sums) const {
    return rewardMetrics(sums);
}

}  // namespace lathe
