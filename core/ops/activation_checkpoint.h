// SPDX-License-Identifier: GPL-3.0-or-later
// Gradient checkpointing: a block's inner activations are computed again in the backward pass instead of
// kept.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <vector>

namespace lathe {

/// block(inputs), keeping only the inputs. The backward pass runs the block again with the same random
/// numbers and lets the gradients of its parameters accumulate in .grad (so torch::autograd::grad does not
/// see them); results are bit-equal to the plain block on the CPU (methods.md, "Gradient checkpointing").
/// Whatever else the block uses must be a parameter or outside the graph, and live until then, unchanged.
at::Tensor checkpoint(std::function<at::Tensor(const std::vector<at::Tensor>&)> block,
                      const std::vector<at::Tensor>& inputs);

}  // namespace lathe
