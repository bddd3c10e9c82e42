// SPDX-License-Identifier: GPL-3.0-or-later
// One label for a text (methods.md, "Labels of texts"), and what the three kinds of labels share.
#pragma once

#include "core/config/label_kind.h"
#include "core/objectives/objective.h"

namespace lathe {

/// The keys that choose between one label, several and a number.
const std::vector<Field>& labelFields();

/// A label whose probability is above this is given, where a text may have several.
constexpr double kLikely = 0.5;

/// What a head's outputs (…, outputs) say: shares of the classes that together are 1, each label's own
/// probability, or the number itself.
at::Tensor outputShares(const at::Tensor& logits, LabelKind kind);

class ClassifyObjective : public Objective {
  public:
    HeadKind head() const override { return HeadKind::SequenceClassification; }
    void useLabels(const std::vector<std::string>& labels) override { m_labels = labels; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, accuracy, macro_f1 (the plain mean of the labels' F1)
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;
    std::vector<LabelScore> labelScores(const EvaluationSums& sums) const override;

  protected:
    /// The mean of the labels' F1 over those that occur among the wanted or the given answers, as
    /// scikit-learn has it.
    static double macroF1(const EvaluationSums& sums);

  private:
    std::vector<std::string> m_labels;
};

}  // namespace lathe
