// SPDX-License-Identifier: GPL-3.0-or-later
// The language head and its loss in one operation that never holds the logits of more than a few rows.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace lathe {

/// The sum over all i of cross-entropy(hidden[rows[i]] · weightᵀ, targets[i]), a float32 scalar (spec §2.1).
/// hidden (…, size) is flattened to (positions, size); weight (vocabulary, size), possibly a tied embedding;
/// rows and targets (count) int64, no row twice. Softmax in float32; the gradient is made in the forward
/// pass, for the weight only when it trains (accumulated in float32). `chunkBytes` bounds the logits held at
/// a time; 0 chooses by device.
at::Tensor linearCrossEntropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& rows,
                              const at::Tensor& targets, int64_t chunkBytes = 0);

}  // namespace lathe
