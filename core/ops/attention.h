// SPDX-License-Identifier: GPL-3.0-or-later
// Scaled dot-product attention over heads, on the library's fused path wherever that is possible.
#pragma once

#include <ATen/ATen.h>

#include <optional>

namespace lathe {

enum class AttentionKind {
    Everywhere,  ///< each query sees every key the mask allows
    Causal,      ///< query i sees keys up to i + (keys - queries): the queries are the newest positions
};

struct AttentionSettings {
    AttentionKind kind = AttentionKind::Everywhere;
    /// (batch, keys), or for each query its own (batch, time, keys); bool, true where a key may be seen;
    /// undefined = all
    at::Tensor mask = {};
    at::Tensor bias = {};  ///< added to the scores, broadcast to (batch, heads, time, keys); undefined = none
    int64_t window = 0;    ///< only keys less than this many positions away are seen; 0 = all
    std::optional<double> scale = {};  ///< of query · key; headDim^-½ when not set
    double softCap = 0;                ///< scores become cap · tanh(score / cap); 0 = as they are
    double dropout = 0;                ///< probability on the weights, to apply now
};

/// query (batch, time, heads, headDim), key and value (batch, keys, kvHeads, headDim), kvHeads dividing heads
/// → (batch, time, heads · headDim). Every query must see at least one key. A soft cap takes the unfused
/// path.
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     const AttentionSettings& settings);

}  // namespace lathe
