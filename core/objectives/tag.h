// SPDX-License-Identifier: GPL-3.0-or-later
// A tag for each word: names, places and the like (methods.md, "Tags of words").
#pragma once

#include "core/objectives/objective.h"

namespace lathe {

class TagObjective : public Objective {
  public:
    HeadKind head() const override { return HeadKind::TokenClassification; }
    void useLabels(const std::vector<std::string>& labels) override;
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, accuracy of the tags, and precision, recall and f1 of whole entities as conlleval counts them:
    /// an entity is found when its kind, first and last word are all right. Tags that name no entities
    /// (numbers, parts of speech) are judged by loss and accuracy alone.
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
    /// Of each kind of entity, or of each tag where the tags name none.
    std::vector<LabelScore> labelScores(const EvaluationSums& sums) const override;

  private:
    std::vector<std::string> m_labels;
    bool m_entities = true;  ///< the tags name entities
};

}  // namespace lathe
