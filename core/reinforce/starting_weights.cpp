// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/starting_weights.h"

namespace lathe {

StartingWeights::StartingWeights(const LanguageModel& model) {
    for (const at::Tensor& parameter : model.parameters()) {
        if (!parameter.requires_grad()) continue;
        m_trained.push_back(parameter.detach());
        m_values.push_back(m_trained.back().clone());
    }
}

StartingWeights::AsItBegan::AsItBegan(const StartingWeights& start) : m_start(start) {
    for (std::size_t i = 0; i < start.m_trained.size(); ++i) {
        m_now.push_back(start.m_trained[i].clone());
        start.m_trained[i].copy_(start.m_values[i]);
    }
}

StartingWeights::AsItBegan::~AsItBegan() {
    for (std::size_t i = 0; i < m_now.size(); ++i) m_start.m_trained[i].copy_(m_now[i]);
}

}  // namespace lathe
