// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/joined_adapters.h"

namespace lathe {

at::Tensor StackedAdapters::forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) {
    at::Tensor sum;
    for (const auto& part : m_parts) {
        const at::Tensor branch = part->branch(x);
        if (!branch.defined()) {
            const at::Tensor changed = bias.defined() ? mergedBias(bias).to(x.scalar_type()) : bias;
            return at::linear(x, mergedWeight(weight.matrix(at::kFloat)).to(x.scalar_type()), changed);
        }
        sum = sum.defined() ? sum + branch : branch;
    }
    return weight.linear(x, bias) + sum;
}

at::Tensor StackedAdapters::mergedWeight(const at::Tensor& weight) const {
    at::Tensor merged = weight;
    for (const auto& part : m_parts) merged = part->mergedWeight(merged);
    return merged;
}

at::Tensor StackedAdapters::mergedBias(const at::Tensor& bias) const {
    at::Tensor merged = bias;
    for (const auto& part : m_parts) merged = part->mergedBias(merged);
    return merged;
}

void StackedAdapters::train(bool on) {
    ProjectionAdapter::train(on);
    for (const auto& part : m_parts) part->train(on);
}

at::Tensor RowAdapters::forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) {
    LATHE_CHECK(x.size(0) == m_batch);
    at::Tensor y = weight.linear(x, bias);
    for (const Part& part : m_parts) {
        const at::Tensor own = x.index_select(0, part.rows);
        const at::Tensor branch = part.adapter->branch(own);
        if (branch.defined())
            y.index_add_(0, part.rows, branch.to(y.scalar_type()));
        else
            y.index_copy_(0, part.rows, part.adapter->forward(own, weight, bias).to(y.scalar_type()));
    }
    return y;
}

at::Tensor RowAdapters::mergedWeight(const at::Tensor& /*weight*/) const {
    LATHE_CHECK(!"rows of different adapters have no weight in common");
    return {};
}

}  // namespace lathe
