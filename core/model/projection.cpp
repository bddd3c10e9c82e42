// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/projection.h"

#include "core/base/result.h"

namespace lathe {

Projection::Projection(int64_t in, int64_t out, bool hasBias) : m_in(in), m_out(out) {
    weight = register_parameter("weight", at::empty({out, in}));
    if (hasBias) bias = register_parameter("bias", at::empty({out}));
}

at::Tensor Projection::forward(const at::Tensor& x) {
    if (m_adapter && m_enabled) return m_adapter->forward(x, weight, bias);
    return at::linear(x, weight, bias);
}

void Projection::attach(std::shared_ptr<ProjectionAdapter> adapter) {
    LATHE_CHECK(!m_adapter);
    for (const auto& child : adapter->named_children()) register_module(child.key(), child.value());
    m_adapter = std::move(adapter);
}

void Projection::detach() {
    if (!m_adapter) return;
    for (const auto& child : m_adapter->named_children()) unregister_module(child.key());
    m_adapter.reset();
}

}  // namespace lathe
