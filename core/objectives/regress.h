// SPDX-License-Identifier: GPL-3.0-or-later
// A number for a text (methods.md, "Labels of texts").
#pragma once

#include "core/objectives/objective.h"

namespace lathe {

class RegressObjective : public Objective {
  public:
    HeadKind head() const override { return HeadKind::SequenceClassification; }
    /// One, with the name that transformers gives it.
    std::vector<std::string> outputNames(const std::vector<std::string>&) const override {
        return {"LABEL_0"};
    }
    /// The square of what is missing.
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, mse (the same), mae, and the correlations pearson and spearman; equal numbers share their mean
    /// rank, and numbers that are all the same go with nothing: 0
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
};

}  // namespace lathe
