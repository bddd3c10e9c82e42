// SPDX-License-Identifier: GPL-3.0-or-later
// A text classifier that answers what it is told.
#pragma once

#include "core/model/language_model.h"

namespace lathe::test {

class EchoClassifier : public LanguageModel {
  public:
    /// `answers` (batch, outputs)
    explicit EchoClassifier(const at::Tensor& answers)
        : LanguageModel(shapeFor(answers.size(1))), m_answers(answers) {}
    at::Tensor hidden(const Batch&) override { return m_answers; }
    at::Tensor classify(const at::Tensor& hidden, const Batch&) override { return hidden; }
    const at::Tensor& wordEmbeddings() const override { return m_answers; }

  private:
    static ModelShape shapeFor(int64_t outputs) {
        ModelShape shape;
        shape.head = HeadKind::SequenceClassification;
        shape.labels = outputs;
        return shape;
    }

    at::Tensor m_answers;
};

/// A batch that wants (batch, outputs).
inline Batch wantedBatch(const at::Tensor& wanted) {
    Batch batch;
    batch.ids = at::zeros({wanted.size(0), 1}, at::kLong);
    batch.wanted = wanted;
    batch.targetCount = wanted.size(0);
    return batch;
}

}  // namespace lathe::test
