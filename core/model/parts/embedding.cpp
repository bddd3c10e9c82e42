// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/embedding.h"

namespace lathe {

at::Tensor Lookup::rows(const at::Tensor& table, const at::Tensor& ids) const {
    const at::Tensor plain = at::embedding(table, ids);
    const EmbeddingAdapter* now = active();
    return now ? plain + now->branch(ids).to(plain.scalar_type()) : plain;
}

at::Tensor Embedding::range(int64_t first, int64_t count) const {
    if (!active()) return weight.narrow(0, first, count);
    return forward(at::arange(first, first + count, weight.options().dtype(at::kLong)));
}

at::Tensor Embedding::mergedWeight() const {
    const at::NoGradGuard guard;
    const at::Tensor plain = weight.to(at::kFloat);
    return hasAdapter() ? plain + adapter()->change() : plain.clone();
}

void Embedding::merge() {
    const at::NoGradGuard guard;
    weight.copy_(mergedWeight());
    detach();
}

}  // namespace lathe
