// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/projection.h"

namespace lathe {

Projection::Projection(int64_t in, int64_t out, bool hasBias, Storage storage)
    : m_in(in), m_out(out), m_storage(storage) {
    const std::vector<int64_t> sizes =
        storage == Storage::OutIn ? std::vector<int64_t>{out, in} : std::vector<int64_t>{in, out};
    weight = register_parameter("weight", at::empty(sizes));
    if (hasBias) bias = register_parameter("bias", at::empty({out}));
}

at::Tensor Projection::forward(const at::Tensor& x) {
    if (ProjectionAdapter* now = active()) return now->forward(x, turned(weight), bias);
    return at::linear(x, turned(weight), bias);
}

at::Tensor Projection::mergedWeight() const {
    LATHE_CHECK(hasAdapter());
    return turned(adapter()->mergedWeight(turned(weight))).contiguous();
}

at::Tensor Projection::mergedBias() const {
    LATHE_CHECK(hasAdapter() && bias.defined());
    return adapter()->mergedBias(bias);
}

void Projection::merge() {
    const torch::NoGradGuard guard;
    const at::Tensor merged = mergedWeight();
    if (bias.defined()) bias.copy_(mergedBias());
    weight.copy_(merged);
    detach();
}

at::Tensor Projection::turned(const at::Tensor& matrix) const {
    return m_storage == Storage::OutIn ? matrix : matrix.t();
}

}  // namespace lathe
