// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/rank_budget.h"

#include <torch/types.h>

#include <cmath>

namespace lathe {

int64_t budgetAt(int64_t step, int64_t all, int64_t target, const RankBudgetSettings& settings) {
    if (step <= settings.warmup) return all;
    if (step > settings.total - settings.final) return target;
    const double part =
        double(step - settings.warmup) / double(settings.total - settings.final - settings.warmup);
    return static_cast<int64_t>(double(all - target) * std::pow(1 - part, 3) + double(target));
}

RankBudget::RankBudget(std::vector<RankedTriplets> layers, const RankBudgetSettings& settings)
    : m_settings(settings) {
    const auto zeros = [](const at::Tensor& like) {
        return Importance{at::zeros_like(like).detach(), at::zeros_like(like).detach()};
    };
    for (RankedTriplets& layer : layers) {
        m_all += layer.e.size(0);
        m_layers.push_back(
            {layer, zeros(layer.a), zeros(layer.e), zeros(layer.b), at::ones_like(layer.e).detach()});
    }
}

at::Tensor RankBudget::penalty() {
    if (m_settings.orthogonality == 0 || m_layers.empty()) return {};
    at::Tensor sum;
    const auto add = [&](const at::Tensor& square) {
        const at::Tensor distance = (square - at::eye(square.size(0), square.options())).norm();
        sum = sum.defined() ? sum + distance : distance;
    };
    for (const Layer& layer : m_layers) {
        add(at::mm(layer.triplets.a, layer.triplets.a.t()));
        add(at::mm(layer.triplets.b.t(), layer.triplets.b));
    }
    return sum * (m_settings.orthogonality / (2.0 * double(m_layers.size())));
}

void RankBudget::note(const at::Tensor& parameter, Importance& importance) const {
    const at::Tensor now = (parameter * parameter.grad()).abs();
    importance.mean.mul_(m_settings.beta1).add_(now, 1 - m_settings.beta1);
    importance.spread.mul_(m_settings.beta2).add_((now - importance.mean).abs(), 1 - m_settings.beta2);
}

void RankBudget::afterUpdate(int64_t step) {
    const torch::NoGradGuard guard;
    const int64_t fixedFrom = m_settings.total - m_settings.final;
    if (m_layers.empty()) return;
    if (step < fixedFrom) {
        for (Layer& layer : m_layers) {
            note(layer.triplets.a, layer.a);
            note(layer.triplets.e, layer.e);
            note(layer.triplets.b, layer.b);
        }
    }
    const bool choice = step > m_settings.warmup && step < fixedFrom && step % m_settings.every == 0;
    if (choice || step == fixedFrom) choose(step);
    if (choice || step >= fixedFrom)
        for (Layer& layer : m_layers) layer.triplets.e.mul_(layer.kept);
}

void RankBudget::choose(int64_t step) {
    const int64_t target = m_settings.targetRank * int64_t(m_layers.size());
    const int64_t taken = m_all - budgetAt(step, m_all, target, m_settings);
    if (taken <= 0) return;
    std::vector<at::Tensor> scores;
    for (const Layer& layer : m_layers)
        scores.push_back((layer.e.mean * layer.e.spread).view({-1}) +
                         (layer.a.mean * layer.a.spread).mean(1) + (layer.b.mean * layer.b.spread).mean(0));
    const at::Tensor threshold = std::get<0>(at::kthvalue(at::cat(scores), taken));
    for (std::size_t i = 0; i < m_layers.size(); ++i)
        m_layers[i].kept.copy_((scores[i] > threshold).unsqueeze(1));
}

std::vector<std::pair<std::string, at::Tensor>> RankBudget::state() {
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        const std::string name = "rank_budget." + std::to_string(i);
        for (const auto& [part, importance] :
             {std::pair{".a", &m_layers[i].a}, {".e", &m_layers[i].e}, {".b", &m_layers[i].b}}) {
            tensors.emplace_back(name + part + ".mean", importance->mean);
            tensors.emplace_back(name + part + ".spread", importance->spread);
        }
        tensors.emplace_back(name + ".kept", m_layers[i].kept);
    }
    return tensors;
}

}  // namespace lathe
