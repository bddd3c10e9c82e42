// SPDX-License-Identifier: GPL-3.0-or-later
// Predicting tokens: the next ones of a text (methods.md, "Next tokens"), the masked ones (methods.md,
// "Masked tokens"), or those of a target text (methods.md, "Next tokens"). Which of them follows from the
// head; the batch says what is to be predicted where.
#pragma once

#include "core/objectives/objective.h"

namespace lathe {

class LanguageObjective : public Objective {
  public:
    explicit LanguageObjective(HeadKind head) : m_head(head) {}

    HeadKind head() const override { return m_head; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, perplexity
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;

  private:
    HeadKind m_head;
};

}  // namespace lathe
