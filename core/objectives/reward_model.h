// SPDX-License-Identifier: GPL-3.0-or-later
// One number for a text, learnt from pairs of answers (methods.md, "Reward model").
#pragma once

#include "core/config/field.h"
#include "core/objectives/objective.h"

namespace lathe {

/// Per pair -log σ(chosen - rejected - margin) + centering · (chosen + rejected)² (Bradley and Terry 1952;
/// the second term: Eisenstein et al. 2023). All (pairs).
at::Tensor bradleyTerryLosses(const at::Tensor& chosen, const at::Tensor& rejected, const at::Tensor& margins,
                              double centering);

const std::vector<Field>& rewardFields();

class RewardObjective : public Objective {
  public:
    static Result<std::unique_ptr<Objective>> make(const Settings& settings);

    HeadKind head() const override { return HeadKind::SequenceClassification; }
    /// One, with the name that transformers gives it.
    std::vector<std::string> outputNames(const std::vector<std::string>&) const override {
        return {"LABEL_0"};
    }
    bool usesDropout() const override { return false; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, reward_accuracy, chosen_reward, rejected_reward, reward_margin
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;

  private:
    explicit RewardObjective(double centering) : m_centering(centering) {}

    double m_centering;
};

}  // namespace lathe
