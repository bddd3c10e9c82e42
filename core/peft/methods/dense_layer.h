// SPDX-License-Identifier: GPL-3.0-or-later
// A plain linear layer of a method's own small network.
#pragma once

#include <torch/nn/module.h>

#include <cmath>

namespace lathe {

/// y = x Wᵀ + b with W (out, in), started as torch starts its linear layers: U(-1/√in, 1/√in).
class DenseLayer : public torch::nn::Module {
  public:
    DenseLayer(int64_t in, int64_t out, at::Generator generator, at::Device device) {
        const double bound = 1 / std::sqrt(double(in));
        const auto drawn = [&](at::IntArrayRef size) {
            return at::empty(size, at::kFloat).uniform_(-bound, bound, generator).to(device);
        };
        weight = register_parameter("weight", drawn({out, in}));
        bias = register_parameter("bias", drawn({out}));
    }
    at::Tensor forward(const at::Tensor& x) {
        return at::linear(x, weight.to(x.scalar_type()), bias.to(x.scalar_type()));
    }
    at::Tensor weight, bias;
};

}  // namespace lathe
