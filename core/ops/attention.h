// SPDX-License-Identifier: GPL-3.0-or-later
// Scaled dot-product attention over heads, on the library's fused path wherever that is possible.
#pragma once

#include <ATen/ATen.h>

namespace lathe {

enum class AttentionKind {
    Everywhere,  ///< each query sees every key the mask allows
    Causal,      ///< query i sees keys up to i + (keys - queries): the queries are the newest positions
};

/// query (batch, time, heads, headDim), key and value (batch, keys, kvHeads, headDim), kvHeads dividing heads
/// → (batch, time, heads · headDim). `mask` (batch, keys) bool, true where a key may be seen; undefined =
/// all. Every query must see at least one key. `dropout` is the probability on the weights to apply now.
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     AttentionKind kind, const at::Tensor& mask, double dropout);

}  // namespace lathe
