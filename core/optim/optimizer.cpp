// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/optim/optimizer.h"

#include <ATen/ops/_fused_adamw.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <unordered_set>

namespace lathe {
namespace {

/// Views start at multiples of this many elements, so that wide loads stay aligned on every device.
constexpr int64_t kAlignment = 64;

int64_t aligned(int64_t elements) {
    return (elements + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

AdamW::AdamW(std::vector<TrainedParameter> parameters, const AdamWSettings& settings) : m_settings(settings) {
    LATHE_CHECK(!parameters.empty());
    std::vector<std::size_t> sorted(parameters.size());
    std::iota(sorted.begin(), sorted.end(), std::size_t(0));
    const auto groupOf = [&](std::size_t i) {
        const TrainedParameter& one = parameters[i];
        return std::tuple(one.working != at::kFloat, !one.decays, one.rateFactor);
    };
    std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return groupOf(a) < groupOf(b); });

    m_order.resize(parameters.size());
    int64_t total = 0;
    std::optional<decltype(groupOf(0))> lastGroup;
    m_workingBegin = -1;
    for (const std::size_t index : sorted) {
        const auto group = groupOf(index);
        const TrainedParameter& one = parameters[index];
        if (group != lastGroup) m_groups.push_back({total, total, one.decays, one.rateFactor});
        if (one.working != at::kFloat && m_workingBegin < 0) m_workingBegin = total;
        lastGroup = group;
        m_order[index] = m_slots.size();
        const int64_t elements = parameters[index].tensor.numel();
        m_slots.push_back({std::move(parameters[index]), total});
        m_count += elements;
        total += aligned(elements);
        m_groups.back().end = total;
    }
    if (m_workingBegin < 0) m_workingBegin = total;

    const auto options =
        at::TensorOptions().device(m_slots.front().parameter.tensor.device()).dtype(at::kFloat);
    m_master = at::zeros({total}, options);
    m_working = at::zeros({total - m_workingBegin}, options.dtype(at::kBFloat16));
    m_workingGradient = at::zeros_like(m_working);
    m_learningRate = at::zeros({}, options);
    m_step = at::zeros({}, options);
    m_gradNorm = at::zeros({}, options);

    // The values move first, each in place of its old tensor: the other buffers come when those are gone.
    for (Slot& slot : m_slots) {
        at::Tensor& tensor = slot.parameter.tensor;
        viewOf(m_master, slot).copy_(tensor.detach());
        tensor.mutable_grad() = at::Tensor();
        tensor.set_data(viewOf(slot.offset < m_workingBegin ? m_master : m_working, slot));
    }
    m_gradient = at::zeros({total}, options);
    m_firstMoment = at::zeros({total}, options);
    m_secondMoment = at::zeros({total}, options);
    for (Slot& slot : m_slots)
        slot.parameter.tensor.mutable_grad() =
            viewOf(slot.offset < m_workingBegin ? m_gradient : m_workingGradient, slot);
    refreshWorkingCopies();
}

at::Tensor AdamW::viewOf(const at::Tensor& flat, const Slot& slot) const {
    const int64_t base = flat.scalar_type() == at::kBFloat16 ? m_workingBegin : 0;
    const at::Tensor& tensor = slot.parameter.tensor;
    return flat.narrow(0, slot.offset - base, tensor.numel()).view(tensor.sizes());
}

void AdamW::gatherWorkingGradients() {
    if (m_working.numel() == 0) return;
    m_gradient.narrow(0, m_workingBegin, m_working.numel()).copy_(m_workingGradient);
    m_workingGradient.zero_();
}

void AdamW::refreshWorkingCopies() {
    if (m_working.numel() > 0) m_working.copy_(m_master.narrow(0, m_workingBegin, m_working.numel()));
}

void AdamW::step(double learningRate, const std::function<void()>& beforeZeroing) {
    const at::NoGradGuard noGrad;
    gatherWorkingGradients();
    m_gradNorm = at::linalg_vector_norm(m_gradient);
    std::optional<at::Tensor> divisor;
    if (m_settings.maxGradNorm > 0) {
        // clip_grad_norm_ multiplies with min(1, max / (norm + 1e-6)); the update divides by the inverse.
        divisor = m_gradNorm.add(1e-6).div_(m_settings.maxGradNorm).clamp_min_(1.0);
    }
    m_step.add_(1);
    ++m_updates;
    for (const Group& group : m_groups) {
        const auto part = [&](const at::Tensor& flat) {
            return flat.narrow(0, group.begin, group.end - group.begin);
        };
        m_learningRate.fill_(learningRate * group.rateFactor);
        at::_fused_adamw_({part(m_master)}, {part(m_gradient)}, {part(m_firstMoment)}, {part(m_secondMoment)},
                          {}, {m_step}, m_learningRate, m_settings.beta1, m_settings.beta2,
                          group.decays ? m_settings.weightDecay : 0.0, m_settings.epsilon, /*amsgrad=*/false,
                          /*maximize=*/false, divisor, /*found_inf=*/std::nullopt);
    }
    if (beforeZeroing) beforeZeroing();
    m_gradient.zero_();
    refreshWorkingCopies();
}

std::vector<AdamW::NamedState> AdamW::states() const {
    std::vector<NamedState> result;
    result.reserve(m_slots.size());
    for (const std::size_t index : m_order) {
        const Slot& slot = m_slots[index];
        result.push_back({slot.parameter.name, viewOf(m_master, slot), viewOf(m_firstMoment, slot),
                          viewOf(m_secondMoment, slot)});
    }
    return result;
}

void AdamW::restored(int64_t updates) {
    m_updates = updates;
    m_step.fill_(double(updates));
    m_gradient.zero_();
    m_workingGradient.zero_();
    refreshWorkingCopies();
}

std::vector<TrainedParameter> trainedParameters(const LanguageModel& model, at::ScalarType working) {
    std::unordered_set<std::string> base, norms;
    for (const ParameterShape& shape : model.shape().parameters) {
        base.insert(shape.name);
        if (shape.isNorm) norms.insert(shape.name);
    }
    std::vector<TrainedParameter> result;
    for (const auto& item : model.named_parameters()) {
        if (!item.value().requires_grad()) continue;
        const bool isAdapter = !base.contains(item.key());
        const bool isBias = item.key() == "bias" || item.key().ends_with(".bias");
        result.push_back({item.key(), item.value(), !isBias && !norms.contains(item.key()),
                          isAdapter ? at::kFloat : working});
    }
    return result;
}

void castFrozenParameters(LanguageModel& model, at::ScalarType working) {
    const auto parameters = model.named_parameters();
    for (const ParameterShape& shape : model.shape().parameters) {
        at::Tensor tensor = parameters[shape.name];
        if (!tensor.requires_grad()) tensor.set_data(tensor.detach().to(working));
    }
}

}  // namespace lathe
