// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/tag.h"

#include <algorithm>

#include "core/train/objectives/entities.h"

namespace lathe {
namespace {

/// (targets, labels): the logits of the positions that have a tag.
at::Tensor taggedLogits(LanguageModel& model, const Batch& batch) {
    const at::Tensor logits = model.classify(model.hidden(batch), batch);  // (batch, time, labels)
    return logits.flatten(0, 1).index_select(0, batch.lossRows).to(at::kFloat);
}

at::Tensor crossEntropySum(const at::Tensor& logits, const at::Tensor& targets) {
    return at::cross_entropy_loss(logits, targets, {}, at::Reduction::Sum);
}

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

}  // namespace

at::Tensor TagObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return crossEntropySum(taggedLogits(model, batch), batch.lossTargets);
}

void TagObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor logits = taggedLogits(model, batch);
    addLoss(crossEntropySum(logits, batch.lossTargets), batch, sums);
    const at::Tensor places = batch.lossRows.cpu(), wanted = batch.lossTargets.cpu(),
                     found = logits.argmax(1).cpu();
    const int64_t time = batch.ids.size(1), count = places.numel();
    const auto *place = places.const_data_ptr<int64_t>(), *want = wanted.const_data_ptr<int64_t>(),
               *find = found.const_data_ptr<int64_t>();
    for (int64_t begin = 0; begin < count;) {
        std::vector<std::string> right, guessed;
        int64_t i = begin;
        for (; i < count && place[i] / time == place[begin] / time; ++i) {
            right.push_back(m_labels.at(static_cast<std::size_t>(want[i])));
            guessed.push_back(m_labels.at(static_cast<std::size_t>(find[i])));
            sums.tagsRight += want[i] == find[i];
        }
        begin = i;
        const auto gold = entitiesOf(right), named = entitiesOf(guessed);
        sums.entitiesThere += static_cast<int64_t>(gold.size());
        sums.entitiesNamed += static_cast<int64_t>(named.size());
        sums.entitiesRight += std::count_if(named.begin(), named.end(), [&](const Entity& entity) {
            return std::find(gold.begin(), gold.end(), entity) != gold.end();
        });
    }
}

std::map<std::string, double> TagObjective::metrics(const EvaluationSums& sums) const {
    const double precision = share(double(sums.entitiesRight), double(sums.entitiesNamed)),
                 recall = share(double(sums.entitiesRight), double(sums.entitiesThere));
    return {{"loss", meanLoss(sums)},
            {"accuracy", share(double(sums.tagsRight), double(sums.targets))},
            {"precision", precision},
            {"recall", recall},
            {"f1", share(2 * precision * recall, precision + recall)}};
}

}  // namespace lathe
