// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/merged_weights.h"

namespace lathe {

MergedWeights::MergedWeights(LanguageModel& model) {
    for (const auto& item : model.named_parameters()) m_parameters.emplace(item.key(), item.value());
    for (const auto& [name, projection] : model.projections())
        if (projection->adapter()) m_adapted.emplace(name + ".weight", projection);
}

Result<at::Tensor> MergedWeights::of(const std::string& name) const {
    const at::NoGradGuard noGrad;
    const auto adapted = m_adapted.find(name);
    const at::Tensor values =
        adapted == m_adapted.end() ? m_parameters.at(name) : adapted->second->mergedWeight();
    const at::Tensor host = values.detach().to(at::kCPU, at::kFloat).contiguous();
    if (at::isfinite(host).all().item<bool>()) return host;
    return Error{ErrorCode::NonFinite, "the weight holds values that are not numbers", name,
                 "the training diverged; lower the learning rate"};
}

}  // namespace lathe
