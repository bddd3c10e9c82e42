// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/tag.h"

#include <algorithm>

#include "core/data/roles/tag_scheme.h"
#include "core/objectives/entities.h"

namespace lathe {
namespace {

/// From logits (batch, time, labels) those of the positions that have a tag: (targets, labels) float32.
at::Tensor taggedLogits(const at::Tensor& logits, const Batch& batch) {
    return logits.flatten(0, 1).index_select(0, batch.lossRows).to(at::kFloat);
}

void countEntities(const std::vector<std::string>& right, const std::vector<std::string>& guessed,
                   EvaluationSums& sums) {
    const auto gold = entitiesOf(right), named = entitiesOf(guessed);
    for (const Entity& entity : gold) ++sums.entities[entity.kind].there;
    for (const Entity& entity : named) {
        FoundCounts& counts = sums.entities[entity.kind];
        ++counts.named;
        counts.right += std::find(gold.begin(), gold.end(), entity) != gold.end();
    }
}

void countTags(const std::vector<std::string>& right, const std::vector<std::string>& guessed,
               EvaluationSums& sums) {
    for (std::size_t word = 0; word < right.size(); ++word) {
        ++sums.entities[right[word]].there;
        ++sums.entities[guessed[word]].named;
        sums.entities[right[word]].right += right[word] == guessed[word];
    }
}

}  // namespace

void TagObjective::useLabels(const std::vector<std::string>& labels) {
    m_labels = labels;
    m_entities = tagSchemeOf(labels) != TagScheme::None;
}

at::Tensor TagObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    const at::Tensor logits = taggedLogits(model.classify(model.hidden(batch), batch), batch);
    return at::cross_entropy_loss(logits, batch.lossTargets, {}, at::Reduction::Sum);
}

void TagObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor all = model.classify(model.hidden(batch), batch);  // (batch, time, labels)
    const at::Tensor logits = taggedLogits(all, batch);
    const at::Tensor losses =
        at::cross_entropy_loss(logits, batch.lossTargets, {}, at::Reduction::None).to(at::kDouble);
    addLoss(losses.sum(), batch, sums);
    const at::Tensor rowOf = batch.lossRows.div(all.size(1), "floor");
    const at::Tensor none = at::zeros({all.size(0)}, losses.options());
    const at::Tensor targets = none.index_add(0, rowOf, at::ones_like(losses));
    RowScore* each = addRows(none.index_add(0, rowOf, losses) / targets.clamp_min(1), sums);

    const at::Tensor rows = rowOf.cpu(), wanted = batch.lossTargets.cpu(), found = logits.argmax(1).cpu();
    const auto *row = rows.const_data_ptr<int64_t>(), *want = wanted.const_data_ptr<int64_t>(),
               *find = found.const_data_ptr<int64_t>();
    for (int64_t i = 0, count = rows.numel(); i < count;) {
        std::vector<std::string> right, guessed;
        for (const int64_t first = i; i < count && row[i] == row[first]; ++i) {
            right.push_back(m_labels.at(static_cast<std::size_t>(want[i])));
            guessed.push_back(m_labels.at(static_cast<std::size_t>(find[i])));
            sums.tagsRight += want[i] == find[i];
            if (each) each[row[i]].output.push_back(static_cast<int32_t>(find[i]));
        }
        (m_entities ? countEntities : countTags)(right, guessed, sums);
    }
}

std::vector<LabelScore> TagObjective::labelScores(const EvaluationSums& sums) const {
    std::vector<LabelScore> scores;
    for (const auto& [kind, counts] : sums.entities) scores.push_back(labelScore(kind, counts));
    return scores;
}

std::map<std::string, double> TagObjective::metrics(const EvaluationSums& sums) const {
    std::map<std::string, double> result{
        {"loss", meanLoss(sums)},
        {"accuracy", sums.targets > 0 ? double(sums.tagsRight) / double(sums.targets) : 0}};
    if (!m_entities) return result;
    FoundCounts all;
    for (const auto& [kind, counts] : sums.entities) {
        all.there += counts.there;
        all.named += counts.named;
        all.right += counts.right;
    }
    const LabelScore score = labelScore("", all);
    result["precision"] = score.precision;
    result["recall"] = score.recall;
    result["f1"] = score.f1;
    return result;
}

}  // namespace lathe
