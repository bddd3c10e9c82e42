// SPDX-License-Identifier: GPL-3.0-or-later
// Root-mean-square normalisation with a hand-written backward.
#pragma once

#include <ATen/ATen.h>

namespace lathe {

/// x · rsqrt(mean(x²) + epsilon) computed in float32 and cast back, then times weight (spec §3.1, Llama's
/// order). x (…, size), weight (size) → (…, size).
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon);

}  // namespace lathe
