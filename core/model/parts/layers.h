// SPDX-License-Identifier: GPL-3.0-or-later
// The small modules all architectures are made of, named so that their parameters carry the checkpoint's
// names.
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <string>

#include "core/base/result.h"

namespace lathe {

class RmsNormLayer : public torch::nn::Module {
  public:
    /// Scales by offset + weight: Gemma's weights are distances from 1.
    RmsNormLayer(int64_t size, double epsilon, double offset = 0) : m_epsilon(epsilon), m_offset(offset) {
        weight = register_parameter("weight", at::empty({size}));
    }
    at::Tensor forward(const at::Tensor& x);
    at::Tensor weight;

  private:
    double m_epsilon, m_offset;
};

class LayerNormLayer : public torch::nn::Module {
  public:
    LayerNormLayer(int64_t size, double epsilon, bool hasBias = true) : m_epsilon(epsilon) {
        weight = register_parameter("weight", at::empty({size}));
        if (hasBias) bias = register_parameter("bias", at::empty({size}));
    }
    at::Tensor forward(const at::Tensor& x);
    at::Tensor weight, bias;

  private:
    double m_epsilon;
};

/// A task head: a linear layer that takes no adapter (PEFT trains heads whole).
class HeadLayer : public torch::nn::Module {
  public:
    HeadLayer(int64_t in, int64_t out, bool hasBias);
    at::Tensor forward(const at::Tensor& x);
    at::Tensor weight, bias;
};

/// A function of one tensor, element by element.
using Activation = std::function<at::Tensor(const at::Tensor&)>;
/// By its name in config.json (gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, silu, swish, tanh);
/// Unsupported otherwise.
Result<Activation> activationNamed(const std::string& name);

/// Dropout in training, x itself otherwise.
at::Tensor dropoutWhen(bool training, const at::Tensor& x, double probability);

}  // namespace lathe
