// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/attention.h"

#include <optional>

namespace lathe {

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     AttentionKind kind, const at::Tensor& mask, double dropout) {
    const int64_t batch = query.size(0), time = query.size(1), heads = query.size(2), keys = key.size(1);
    const bool causal = kind == AttentionKind::Causal && time > 1;
    // The fused kernels take their own causal flag only for a square without a mask; one new query needs
    // neither.
    const bool plainCausal = causal && time == keys && !mask.defined();

    std::optional<at::Tensor> allowed;
    if (mask.defined()) allowed = mask.view({batch, 1, 1, keys});
    if (causal && !plainCausal) {
        const at::Tensor lower = at::ones({time, keys}, query.options().dtype(at::kBool)).tril(keys - time);
        allowed = allowed ? allowed->logical_and(lower) : lower;
    }
    const at::Tensor out =
        at::scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2),
                                         allowed, dropout, plainCausal, std::nullopt,
                                         /*enable_gqa=*/heads != key.size(2));
    return out.transpose(1, 2).reshape({batch, time, heads * query.size(3)});
}

}  // namespace lathe
