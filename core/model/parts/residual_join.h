// SPDX-License-Identifier: GPL-3.0-or-later
// Where a sub-layer's output meets the stream it is added to: bottleneck adapters sit here (methods.md,
// "Bottleneck adapters").
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "core/model/parts/adapter_slot.h"

namespace lathe {

class LayerNormLayer;

class ResidualAdapter : public torch::nn::Module {
  public:
    /// `output` of the sub-layer and the `stream` it is added to, both (batch, time, hidden); `norm` is the
    /// one that follows the sum, null where norms come first. Gives what the next layer reads.
    virtual at::Tensor forward(const at::Tensor& output, const at::Tensor& stream, LayerNormLayer* norm) = 0;
};

class ResidualJoin : public AdapterSlot<ResidualAdapter> {
  public:
    /// norm(output + stream) when nothing is attached.
    at::Tensor forward(const at::Tensor& output, const at::Tensor& stream, LayerNormLayer* norm = nullptr);
};

/// AdapterHub's names of the two joins of a block whose own parts have none.
constexpr const char* kAttentionJoin = "attention_adapters.adapters";
constexpr const char* kFeedForwardJoin = "output_adapters.adapters";

/// Registers a join under a dotted name of two parts below `block`.
std::shared_ptr<ResidualJoin> addJoin(torch::nn::Module& block, const std::string& name);

}  // namespace lathe
