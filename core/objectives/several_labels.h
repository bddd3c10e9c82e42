// SPDX-License-Identifier: GPL-3.0-or-later
// Any number of labels for a text, each a question of its own (methods.md, "Labels of texts").
#pragma once

#include "core/objectives/classify.h"

namespace lathe {

class SeveralLabelsObjective : public ClassifyObjective {
  public:
    /// Binary cross-entropy of each label, the mean over a row's labels.
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, accuracy (the share of rows with exactly their labels), f1 (over all labels of all rows),
    /// macro_f1 (the plain mean of the F1 of the labels that occur)
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
};

}  // namespace lathe
