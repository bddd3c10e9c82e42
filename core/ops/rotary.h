// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary position embedding in the half-split convention: pair i is (x[i], x[i + headDim/2]) (spec §3.1,
// §3.3).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace lathe {

enum class RotaryScaling { None, Linear, Llama3 };

struct RotarySettings {
    double base = 10000;
    RotaryScaling scaling = RotaryScaling::None;
    double factor = 1;
    double lowFrequencyFactor = 1;   ///< llama3 only
    double highFrequencyFactor = 4;  ///< llama3 only
    int64_t originalContext = 8192;  ///< llama3 only
};

/// Radians a position for each pair: (headDim / 2) float32 on the CPU.
at::Tensor inverseFrequencies(const RotarySettings& settings, int64_t headDim);

struct RotaryTables {
    at::Tensor cos, sin;  ///< (batch or 1, time, 1, headDim / 2)
};

/// Tables for positions (batch or 1, time) on the positions' device, computed in float32, given as `type`.
RotaryTables rotaryTables(const at::Tensor& inverseFrequencies, const at::Tensor& positions,
                          at::ScalarType type);

/// Rotates x (batch, time, heads, headDim); same shape, contiguous.
at::Tensor rotate(const at::Tensor& x, const RotaryTables& tables);

}  // namespace lathe
