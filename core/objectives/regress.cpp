// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/regress.h"

#include <cmath>

namespace lathe {
namespace {

/// (batch) float32
at::Tensor numbersOf(LanguageModel& model, const Batch& batch) {
    return model.classify(model.hidden(batch), batch).select(1, 0).to(at::kFloat);
}

at::Tensor lossesOf(const at::Tensor& numbers, const Batch& batch) {
    return (numbers - batch.wanted.select(1, 0)).square();
}

/// Pearson's, of two (rows) float64.
double correlation(const at::Tensor& a, const at::Tensor& b) {
    if (at::equal(a.min(), a.max()) || at::equal(b.min(), b.max())) return 0;
    const at::Tensor left = a - a.mean(), right = b - b.mean();
    return left.dot(right).item<double>() /
           std::sqrt(left.dot(left).item<double>() * right.dot(right).item<double>());
}

/// From 1 for the smallest.
at::Tensor ranksOf(const at::Tensor& values) {
    const auto [sorted, place, count] = at::_unique2(values, true, true, true);
    const at::Tensor shared = count.to(at::kDouble);
    return (shared.cumsum(0) - (shared - 1) / 2).index_select(0, place);
}

}  // namespace

at::Tensor RegressObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return lossesOf(numbersOf(model, batch), batch).sum();
}

void RegressObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor numbers = numbersOf(model, batch);
    const at::Tensor losses = lossesOf(numbers, batch);
    addLoss(losses.sum(), batch, sums);
    sums.numbers.push_back(at::stack({numbers, batch.wanted.select(1, 0)}).to(at::kDouble));

    RowScore* row = addRows(losses, sums);
    if (!row) return;
    const at::Tensor host = sums.numbers.back()[0].cpu();
    for (int64_t i = 0; i < host.numel(); ++i, ++row) row->value = host.const_data_ptr<double>()[i];
}

std::map<std::string, double> RegressObjective::metrics(const EvaluationSums& sums) const {
    const double loss = meanLoss(sums);
    if (sums.numbers.empty()) return {{"loss", loss}};
    const at::Tensor all = at::cat(sums.numbers, 1).cpu();
    const at::Tensor given = all[0], wanted = all[1];
    return {{"loss", loss},
            {"mse", loss},
            {"mae", (given - wanted).abs().mean().item<double>()},
            {"pearson", correlation(given, wanted)},
            {"spearman", correlation(ranksOf(given), ranksOf(wanted))}};
}

}  // namespace lathe
