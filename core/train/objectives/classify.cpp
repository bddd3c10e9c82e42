// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/classify.h"

namespace lathe {
namespace {

at::Tensor crossEntropySum(const at::Tensor& logits, const at::Tensor& labels) {
    return at::cross_entropy_loss(logits.to(at::kFloat), labels, {}, at::Reduction::Sum);
}

}  // namespace

at::Tensor ClassifyObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return crossEntropySum(model.classify(model.hidden(batch), batch), batch.labels);
}

void ClassifyObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor logits = model.classify(model.hidden(batch), batch);  // (batch, labels)
    addLoss(crossEntropySum(logits, batch.labels), batch, sums);
    const int64_t labels = logits.size(1);
    if (!sums.confusion.defined()) sums.confusion = at::zeros({labels * labels}, batch.labels.options());
    const at::Tensor cell = batch.labels * labels + logits.argmax(1);
    sums.confusion.index_add_(0, cell, at::ones_like(cell));
}

std::map<std::string, double> ClassifyObjective::metrics(const EvaluationSums& sums) const {
    std::map<std::string, double> result{{"loss", meanLoss(sums)}};
    if (!sums.confusion.defined()) return result;
    const at::Tensor host = sums.confusion.cpu().to(at::kDouble);
    const auto labels = static_cast<int64_t>(std::llround(std::sqrt(double(host.numel()))));
    const at::Tensor table = host.view({labels, labels});  // (true, predicted)
    const at::Tensor hits = table.diagonal();
    const at::Tensor f1 = 2 * hits / (table.sum(0) + table.sum(1)).clamp_min(1);
    result["accuracy"] = hits.sum().item<double>() / std::max(1.0, table.sum().item<double>());
    result["macro_f1"] = f1.mean().item<double>();
    return result;
}

}  // namespace lathe
