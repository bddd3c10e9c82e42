// SPDX-License-Identifier: GPL-3.0-or-later
// A linear layer with a low-rank addition as one differentiable operation: everything LoRA-shaped runs
// through here.
#pragma once

#include <ATen/ATen.h>

#include "core/ops/linear_weight.h"

namespace lathe {

/// y = x Wᵀ + b + scaling · (dropout(x) Aᵀ) Bᵀ (methods.md, "LoRA"), with
/// x (…, in), weight (out, in), bias (out) or undefined, a (rank, in), b (out, rank) → (…, out).
/// a and b may be float32 while x is not: they are used in x's type and their gradients come back in their
/// own. Gradients are computed only for what requires them. `dropout` is the probability to apply now: 0 in
/// evaluation.
at::Tensor loraLinear(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias,
                      const at::Tensor& a, const at::Tensor& b, double scaling, double dropout);

}  // namespace lathe
