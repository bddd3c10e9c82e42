// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/projection.h"

namespace lathe {

Projection::Projection(int64_t in, int64_t out, bool hasBias, Storage storage)
    : m_in(in), m_out(out), m_storage(storage) {
    const std::vector<int64_t> sizes =
        storage == Storage::OutIn ? std::vector<int64_t>{out, in} : std::vector<int64_t>{in, out};
    weight = register_parameter("weight", at::empty(sizes));
    if (hasBias) bias = register_parameter("bias", at::empty({out}));
}

at::Tensor Projection::forward(const at::Tensor& x) {
    if (ProjectionAdapter* now = active()) return now->forward(x, base(), bias);
    return base().linear(x, bias);
}

LinearWeight Projection::base() const {
    if (m_packed) return LinearWeight(m_packed);
    return LinearWeight(turned(weight));
}

LanguageHead Projection::head(double softCap) const {
    LanguageHead head{weight, bias, softCap};
    if (const ProjectionAdapter* now = active())
        head.added = [now](const at::Tensor& hidden) {
            auto product = now->product(hidden);
            LATHE_CHECK(product);
            return *product;
        };
    return head;
}

void Projection::pack(Quantization kind) {
    LATHE_CHECK(!m_packed && !weight.requires_grad());
    m_packed = register_module("packed", std::make_shared<PackedMatrix>(turned(weight), kind));
    weight.set_data(at::empty({0}, weight.options()));
}

void Projection::unpack() {
    LATHE_CHECK(m_packed);
    weight.set_data(turned(m_packed->unpack(at::kFloat)).clone(at::MemoryFormat::Contiguous));
    unregister_module("packed");
    m_packed.reset();
}

at::Tensor Projection::mergedWeight() const {
    const at::NoGradGuard guard;
    if (hasAdapter()) return turned(adapter()->mergedWeight(base().matrix(at::kFloat))).contiguous();
    return turned(base().matrix(at::kFloat)).clone(at::MemoryFormat::Contiguous);
}

at::Tensor Projection::mergedBias() const {
    LATHE_CHECK(bias.defined());
    const at::NoGradGuard guard;
    return hasAdapter() ? adapter()->mergedBias(bias) : bias;
}

void Projection::merge() {
    const torch::NoGradGuard guard;
    const at::Tensor merged = mergedWeight();
    if (m_packed) unpack();
    if (bias.defined()) bias.copy_(mergedBias());
    weight.copy_(merged);
    detach();
}

at::Tensor Projection::turned(const at::Tensor& matrix) const {
    return m_storage == Storage::OutIn ? matrix : matrix.t();
}

}  // namespace lathe
