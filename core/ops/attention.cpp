// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/attention.h"

#include <cmath>
#include <limits>

namespace lathe {
namespace {

/// Which query sees which key, (time, keys) bool; undefined when all see all.
at::Tensor visibleByPlace(const AttentionSettings& settings, int64_t time, int64_t keys,
                          const at::Tensor& like) {
    const bool causal = settings.kind == AttentionKind::Causal && time > 1;
    const bool windowed = settings.window > 0 && keys > settings.window;
    if (!causal && !windowed) return {};
    const int64_t past = keys - time;
    at::Tensor visible = at::ones({time, keys}, like.options().dtype(at::kBool));
    if (windowed) visible = visible.triu(past - settings.window + 1);
    if (causal) return visible.tril(past);
    return windowed ? visible.tril(past + settings.window - 1) : visible;
}

at::Tensor combined(const at::Tensor& a, const at::Tensor& b) {
    if (!a.defined()) return b;
    return b.defined() ? a.logical_and(b) : a;
}

/// The plain formula, for what the fused kernels lack. All (batch, heads, time, headDim).
at::Tensor unfusedAttention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const at::Tensor& visible, double scale, const AttentionSettings& settings) {
    const int64_t groups = query.size(1) / key.size(1);
    const at::Tensor keys = key.repeat_interleave(groups, 1), values = value.repeat_interleave(groups, 1);
    at::Tensor scores = at::matmul(query, keys.transpose(2, 3)) * scale;
    scores = (scores / settings.softCap).tanh() * settings.softCap;
    if (settings.bias.defined()) scores = scores + settings.bias;
    if (visible.defined())
        scores = scores.masked_fill(visible.logical_not(), -std::numeric_limits<float>::infinity());
    const bool narrow = at::isReducedFloatingType(query.scalar_type());
    at::Tensor weights =
        at::softmax(scores, -1, narrow ? at::kFloat : query.scalar_type()).to(query.scalar_type());
    if (settings.dropout > 0) weights = at::dropout(weights, settings.dropout, true);
    return at::matmul(weights, values);
}

}  // namespace

at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     const AttentionSettings& settings) {
    const int64_t batch = query.size(0), time = query.size(1), heads = query.size(2), keys = key.size(1);
    const at::Tensor q = query.transpose(1, 2), k = key.transpose(1, 2), v = value.transpose(1, 2);
    const bool windowed = settings.window > 0 && keys > settings.window;
    // The fused kernels take their own causal flag only for a square without a mask; one new query needs
    // neither.
    const bool plainCausal = settings.kind == AttentionKind::Causal && time > 1 && time == keys &&
                             !settings.mask.defined() && !settings.bias.defined() && !windowed &&
                             settings.softCap == 0;
    at::Tensor visible;
    if (settings.mask.defined())
        visible =
            settings.mask.dim() == 3 ? settings.mask.unsqueeze(1) : settings.mask.view({batch, 1, 1, keys});
    if (!plainCausal) visible = combined(visible, visibleByPlace(settings, time, keys, query));

    at::Tensor out;
    if (settings.softCap > 0) {
        const double scale = settings.scale.value_or(1 / std::sqrt(double(query.size(3))));
        out = unfusedAttention(q, k, v, visible, scale, settings);
    } else {
        std::optional<at::Tensor> scoreMask;
        if (visible.defined()) scoreMask = visible;
        if (settings.bias.defined()) {
            scoreMask = settings.bias;
            if (visible.defined())
                scoreMask = at::where(visible, settings.bias, -std::numeric_limits<float>::infinity());
        }
        out = at::scaled_dot_product_attention(q, k, v, scoreMask, settings.dropout, plainCausal,
                                               settings.scale, /*enable_gqa=*/heads != key.size(2));
    }
    return out.transpose(1, 2).reshape({batch, time, heads * query.size(3)});
}

}  // namespace lathe
