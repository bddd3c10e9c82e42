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

std::optional<ThinProduct> StackedAdapters::product(const at::Tensor& x) const {
    std::vector<at::Tensor> low, b;
    for (const auto& part : m_parts) {
        const auto product = part->product(x);
        if (!product) return {};
        low.push_back(product->low);
        b.push_back(product->b);
    }
    return ThinProduct{at::cat(low, -1), at::cat(b, 1)};
}

void StackedAdapters::train(bool on) {
    ProjectionAdapter::train(on);
    for (const auto& part : m_parts) part->train(on);
}

at::Tensor StackedEmbeddings::branch(const at::Tensor& ids) const {
    at::Tensor sum = m_parts.front()->branch(ids);
    for (std::size_t i = 1; i < m_parts.size(); ++i) sum = sum + m_parts[i]->branch(ids);
    return sum;
}

at::Tensor StackedEmbeddings::change() const {
    at::Tensor sum = m_parts.front()->change();
    for (std::size_t i = 1; i < m_parts.size(); ++i) sum = sum + m_parts[i]->change();
    return sum;
}

std::shared_ptr<WeightedAdapter> stacked(const std::vector<std::shared_ptr<WeightedAdapter>>& parts) {
    if (parts.size() == 1) return parts.front();
    if (std::dynamic_pointer_cast<EmbeddingAdapter>(parts.front())) {
        StackedEmbeddings::Parts own;
        for (const auto& part : parts) own.push_back(std::dynamic_pointer_cast<EmbeddingAdapter>(part));
        return std::make_shared<StackedEmbeddings>(std::move(own));
    }
    StackedAdapters::Parts own;
    for (const auto& part : parts) own.push_back(std::dynamic_pointer_cast<ProjectionAdapter>(part));
    return std::make_shared<StackedAdapters>(std::move(own));
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
