// SPDX-License-Identifier: GPL-3.0-or-later
// One label for a text (spec §2.4).
#pragma once

#include "core/train/objectives/objective.h"

namespace lathe {

class ClassifyObjective : public Objective {
  public:
    HeadKind head() const override { return HeadKind::SequenceClassification; }
    void useLabels(const std::vector<std::string>& labels) override { m_labels = labels; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, accuracy, macro_f1 (the plain mean of the labels' F1; a label that is neither there nor
    /// predicted counts as 0, as scikit-learn does for the labels it is given)
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
    std::vector<LabelScore> labelScores(const EvaluationSums& sums) const override;

  private:
    std::vector<std::string> m_labels;
};

}  // namespace lathe
