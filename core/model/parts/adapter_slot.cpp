// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/adapter_slot.h"

#include <utility>

namespace lathe {

void AdapterPlace::take(std::shared_ptr<torch::nn::Module> content) {
    LATHE_CHECK(content && !m_content);
    for (const auto& child : content->named_children()) register_module(child.key(), child.value());
    for (const auto& item : content->named_parameters(false))
        register_parameter(item.key(), item.value(), item.value().requires_grad());
    content->train(is_training());
    m_content = std::move(content);
}

std::shared_ptr<torch::nn::Module> AdapterPlace::detach() {
    if (!m_content) return nullptr;
    for (const auto& child : m_content->named_children()) unregister_module(child.key());
    for (const auto& item : m_content->named_parameters(false)) parameters_.erase(item.key());
    return std::exchange(m_content, nullptr);
}

void AdapterPlace::train(bool on) {
    torch::nn::Module::train(on);
    if (m_content) m_content->train(on);
}

}  // namespace lathe
