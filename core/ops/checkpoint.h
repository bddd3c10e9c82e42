// SPDX-License-Identifier: GPL-3.0-or-later
// Gradient checkpointing: a block's inner activations are computed again in the backward pass instead of
// kept.
#pragma once

#include <ATen/ATen.h>

#include <functional>

namespace lathe {

/// block(x), keeping only x. The backward pass runs the block again with the same random numbers and lets the
/// gradients of its parameters accumulate in .grad (so torch::autograd::grad does not see them); results are
/// bit-equal to the plain block on the CPU (spec §2.13). What the block uses must live until then, unchanged.
at::Tensor checkpoint(std::function<at::Tensor(const at::Tensor&)> block, const at::Tensor& x);

}  // namespace lathe
