// SPDX-License-Identifier: GPL-3.0-or-later
// An operation against plain float64 autograd: the value, and every gradient for a random direction.
#pragma once

#include <functional>

#include "tests/support/engine_support.h"

namespace lathe::test {

using Tensors = std::vector<at::Tensor>;
using Operation = std::function<at::Tensor(const Tensors&)>;

inline at::Tensor random(at::IntArrayRef sizes) {
    return at::randn(sizes, at::kDouble);
}

/// Output and gradients of sum(op(inputs) * direction).
inline Tensors outputAndGradients(const Operation& op, const Tensors& inputs, const at::Tensor& direction) {
    Tensors leaves;
    for (const at::Tensor& input : inputs) leaves.push_back(input.detach().clone().requires_grad_(true));
    const at::Tensor y = op(leaves);
    (y.to(direction.scalar_type()) * direction).sum().backward();
    Tensors all{y.detach()};
    for (const at::Tensor& leaf : leaves) all.push_back(leaf.grad());
    return all;
}

inline double worst(const Operation& op, const Operation& reference, const Tensors& inputs,
                    at::ScalarType type) {
    const at::Tensor direction = at::randn_like(reference(inputs));
    Tensors narrow;
    for (const at::Tensor& input : inputs) narrow.push_back(input.to(type));
    const Tensors got = outputAndGradients(op, narrow, direction.to(type));
    const Tensors wanted = outputAndGradients(reference, inputs, direction);
    double difference = 0;
    for (size_t i = 0; i < wanted.size(); ++i)
        difference = std::max(difference, largestDifference(got[i], wanted[i]));
    return difference;
}

}  // namespace lathe::test
