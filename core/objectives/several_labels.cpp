// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/several_labels.h"

namespace lathe {
namespace {

at::Tensor logitsOf(LanguageModel& model, const Batch& batch) {
    return model.classify(model.hidden(batch), batch).to(at::kFloat);
}

/// (batch)
at::Tensor lossesOf(const at::Tensor& logits, const Batch& batch) {
    return at::binary_cross_entropy_with_logits(logits, batch.wanted, {}, {}, at::Reduction::None).mean(1);
}

}  // namespace

at::Tensor SeveralLabelsObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return lossesOf(logitsOf(model, batch), batch).sum();
}

void SeveralLabelsObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor logits = logitsOf(model, batch);
    const at::Tensor losses = lossesOf(logits, batch);
    addLoss(losses.sum(), batch, sums);
    const at::Tensor there = batch.wanted > 0.5, named = logits > 0;  // more likely than not
    const at::Tensor found = at::stack({there.sum(0), named.sum(0), (there & named).sum(0)});
    const at::Tensor exact = (there == named).all(1).sum();
    sums.found = sums.found.defined() ? sums.found + found : found;
    sums.exact = sums.exact.defined() ? sums.exact + exact : exact;

    RowScore* row = addRows(losses, sums);
    if (!row) return;
    const at::Tensor host = named.cpu().contiguous();
    const bool* is = host.const_data_ptr<bool>();
    for (int64_t i = 0; i < host.size(0); ++i, ++row) {
        for (int64_t label = 0; label < host.size(1); ++label)
            if (*is++) row->output.push_back(static_cast<int32_t>(label));
        if (row->output.empty()) row->output = {kNoLabel};
    }
}

std::map<std::string, double> SeveralLabelsObjective::metrics(const EvaluationSums& sums) const {
    std::map<std::string, double> result{{"loss", meanLoss(sums)}};
    if (!sums.found.defined()) return result;
    const at::Tensor all = sums.found.sum(1).cpu();
    const int64_t* count = all.const_data_ptr<int64_t>();
    result["accuracy"] = sums.exact.item<double>() / double(sums.rows);
    result["f1"] = labelScore("", {count[0], count[1], count[2]}).f1;
    result["macro_f1"] = macroF1(sums);
    return result;
}

}  // namespace lathe
