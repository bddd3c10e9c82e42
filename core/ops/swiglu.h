// SPDX-License-Identifier: GPL-3.0-or-later
// The gated activation of Llama's feed-forward layer.
#pragma once

#include <ATen/ATen.h>

namespace lathe {

/// silu(gate) · up, element by element. Keeps only gate and up for the backward pass.
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

}  // namespace lathe
