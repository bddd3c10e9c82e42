// SPDX-License-Identifier: GPL-3.0-or-later
// Next-token prediction: plain text and instructions (spec §2.1).
#pragma once

#include "core/train/objectives/objective.h"

namespace lathe {

class CausalObjective : public Objective {
  public:
    HeadKind head() const override { return HeadKind::LanguageModel; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, perplexity
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
};

}  // namespace lathe
