// SPDX-License-Identifier: GPL-3.0-or-later
// Root-mean-square normalisation with a hand-written backward.
#pragma once

#include <ATen/ATen.h>

namespace lathe {

/// x · rsqrt(mean(x²) + epsilon) computed in float32, then times offset + weight. x (…, size), weight (size)
/// → (…, size). In 16-bit types it rounds where transformers does: without an offset before the product
/// (Llama, T5), with one only at the end (Gemma, whose weights are small distances from 1).
at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon, double offset = 0);

}  // namespace lathe
