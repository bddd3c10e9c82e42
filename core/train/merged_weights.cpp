// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/merged_weights.h"

namespace lathe {

MergedWeights::MergedWeights(LanguageModel& model) {
    for (const auto& item : model.named_parameters()) m_parameters.emplace(item.key(), item.value());
    for (const auto& [name, projection] : model.projections())
        if (projection->hasAdapter() || projection->isPacked()) m_adapted.emplace(name, projection);
}

Result<at::Tensor> MergedWeights::of(const std::string& name) const {
    const at::NoGradGuard noGrad;
    const auto dot = name.rfind('.');
    const auto adapted = m_adapted.find(name.substr(0, dot));
    at::Tensor values = m_parameters.at(name);
    if (adapted != m_adapted.end() && name.ends_with(".weight") && values.is_same(adapted->second->weight))
        values = adapted->second->mergedWeight();
    else if (adapted != m_adapted.end() && adapted->second->bias.defined() && values.is_same(adapted->second->bias))
        values = adapted->second->mergedBias();
    const at::Tensor host = values.detach().to(at::kCPU, at::kFloat).contiguous();
    if (at::isfinite(host).all().item<bool>()) return host;
    return Error{ErrorCode::NonFinite, "the weight holds values that are not numbers", name,
                 "the training diverged; lower the learning rate"};
}

}  // namespace lathe
