// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/classify.h"

#include <algorithm>

namespace lathe {

const std::vector<Field>& labelFields() {
    static const std::vector<Field> fields{
        {kRegressionKey,
         FieldKind::Bool,
         false,
         {},
         {},
         {},
         "The label column holds a number, such as a rating, and the model learns to give it.",
         false},
        {kMultiLabelKey,
         FieldKind::Bool,
         false,
         {},
         {},
         {},
         "A text may have several labels, or none: a JSON list, or names with | between them.",
         false},
    };
    return fields;
}

at::Tensor outputShares(const at::Tensor& logits, LabelKind kind) {
    switch (kind) {
        case LabelKind::Several:
            return at::sigmoid(logits);
        case LabelKind::Number:
            return logits;
        case LabelKind::One:
            break;
    }
    return at::softmax(logits, -1);
}

at::Tensor ClassifyObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    const at::Tensor logits = model.classify(model.hidden(batch), batch);
    return at::cross_entropy_loss(logits.to(at::kFloat), batch.labels, {}, at::Reduction::Sum);
}

void ClassifyObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor logits = model.classify(model.hidden(batch), batch).to(at::kFloat);  // (batch, labels)
    const at::Tensor losses = at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::None);
    addLoss(losses.sum(), batch, sums);
    const int64_t labels = logits.size(1);
    const at::Tensor named = logits.argmax(1), one = at::ones_like(named);
    if (!sums.found.defined()) {
        sums.found = at::zeros({3, labels}, batch.labels.options());
        if (labels <= kMaxConfusionClasses)
            sums.confusion = at::zeros({labels * labels}, batch.labels.options());
    }
    sums.found[0].index_add_(0, batch.labels, one);
    sums.found[1].index_add_(0, named, one);
    sums.found[2].index_add_(0, named, (named == batch.labels).to(at::kLong));
    if (sums.confusion.defined()) sums.confusion.index_add_(0, batch.labels * labels + named, one);

    RowScore* row = addRows(losses, sums);
    if (!row) return;
    const at::Tensor best = named.cpu(),
                     shares = logits.softmax(1).gather(1, named.unsqueeze(1)).to(at::kCPU, at::kDouble);
    for (int64_t i = 0; i < best.numel(); ++i, ++row) {
        row->output = {static_cast<int32_t>(best.const_data_ptr<int64_t>()[i])};
        row->probability = shares.const_data_ptr<double>()[i];
    }
}

std::vector<LabelScore> ClassifyObjective::labelScores(const EvaluationSums& sums) const {
    std::vector<LabelScore> scores;
    if (!sums.found.defined()) return scores;
    const at::Tensor host = sums.found.cpu().contiguous();
    const int64_t *counts = host.const_data_ptr<int64_t>(), labels = host.size(1);
    for (int64_t i = 0; i < labels; ++i) {
        const auto label = static_cast<std::size_t>(i);
        scores.push_back(labelScore(label < m_labels.size() ? m_labels[label] : std::to_string(i),
                                    {counts[i], counts[labels + i], counts[2 * labels + i]}));
    }
    return scores;
}

double ClassifyObjective::macroF1(const EvaluationSums& sums) {
    const at::Tensor host = sums.found.cpu().contiguous();
    const int64_t *counts = host.const_data_ptr<int64_t>(), labels = host.size(1);
    double sum = 0;
    int64_t occurring = 0;
    for (int64_t i = 0; i < labels; ++i) {
        const FoundCounts found{counts[i], counts[labels + i], counts[2 * labels + i]};
        if (found.there + found.named == 0) continue;
        sum += labelScore("", found).f1;
        ++occurring;
    }
    return occurring > 0 ? sum / double(occurring) : 0;
}

std::map<std::string, double> ClassifyObjective::metrics(const EvaluationSums& sums) const {
    std::map<std::string, double> result{{"loss", meanLoss(sums)}};
    if (!sums.found.defined()) return result;
    const at::Tensor all = sums.found.sum(1).cpu();
    const int64_t* count = all.const_data_ptr<int64_t>();
    result["accuracy"] = double(count[2]) / double(std::max<int64_t>(1, count[0]));
    result["macro_f1"] = macroF1(sums);
    return result;
}

}  // namespace lathe
