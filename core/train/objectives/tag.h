// SPDX-License-Identifier: GPL-3.0-or-later
// A tag for each word: names, places and the like (spec §2.6).
#pragma once

#include "core/train/objectives/objective.h"

namespace lathe {

class TagObjective : public Objective {
  public:
    HeadKind head() const override { return HeadKind::TokenClassification; }
    void useLabels(const std::vector<std::string>& labels) override { m_labels = labels; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, accuracy of the tags, and precision, recall and f1 of whole entities as conlleval counts them:
    /// an entity is found when its kind, first and last word are all right.
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
    std::vector<LabelScore> labelScores(const EvaluationSums& sums) const override;

  private:
    std::vector<std::string> m_labels;
};

}  // namespace lathe
