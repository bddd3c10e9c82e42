// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/projection.h"

#include "core/base/result.h"

namespace lathe {

Projection::Projection(int64_t in, int64_t out, bool hasBias, Storage storage)
    : m_in(in), m_out(out), m_storage(storage) {
    const std::vector<int64_t> sizes =
        storage == Storage::OutIn ? std::vector<int64_t>{out, in} : std::vector<int64_t>{in, out};
    weight = register_parameter("weight", at::empty(sizes));
    if (hasBias) bias = register_parameter("bias", at::empty({out}));
}

at::Tensor Projection::forward(const at::Tensor& x) {
    if (m_adapter && m_enabled) return m_adapter->forward(x, turned(weight), bias);
    return at::linear(x, turned(weight), bias);
}

at::Tensor Projection::mergedWeight() const {
    LATHE_CHECK(m_adapter);
    return turned(m_adapter->mergedWeight(turned(weight))).contiguous();
}

at::Tensor Projection::turned(const at::Tensor& matrix) const {
    return m_storage == Storage::OutIn ? matrix : matrix.t();
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
