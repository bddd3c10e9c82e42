// SPDX-License-Identifier: GPL-3.0-or-later
// Rotary position embedding in the half-split convention: pair i is (x[i], x[i + size/2]) (methods.md,
// "Common parts"; methods.md, "Llama").
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace lathe {

/// How a model was stretched beyond the context it was first trained on (methods.md, "Llama"; YaRN: Peng et
/// al. 2023, LongRoPE: Ding et al. 2024).
enum class RotaryScaling { None, Linear, Dynamic, Yarn, LongRope, Llama3 };

struct RotarySettings {
    double base = 10000;
    double share = 1;  ///< of each head that turns; the rest passes unchanged
    RotaryScaling scaling = RotaryScaling::None;
    double factor = 1;
    int64_t originalContext = 8192;  ///< all but linear: the first training's positions
    double lowFrequencyFactor = 1, highFrequencyFactor = 4;   ///< llama3
    double betaFast = 32, betaSlow = 1;                       ///< yarn: turns over the original context
    bool wholePairs = true;                                   ///< yarn: the ramp starts and ends at a pair
    std::vector<double> shortFactors = {}, longFactors = {};  ///< longrope, one a pair
    double attentionFactor = 1;                               ///< multiplies cos and sin
};

/// How many of a head's values turn; even when headDim · share is.
int64_t rotaryPart(const RotarySettings& settings, int64_t headDim);

/// Radians a position for each pair: (size / 2) float32 on the CPU. `size` is how much of a head turns,
/// `length` the positions of the text at hand, which only dynamic and longrope ask for.
at::Tensor inverseFrequencies(const RotarySettings& settings, int64_t size, int64_t length = 0);

struct RotaryTables {
    at::Tensor cos, sin;  ///< (batch or 1, time, 1, size / 2)
};

/// The tables of one setting, its frequencies kept on the device they were last asked for.
class Rotary {
  public:
    Rotary(RotarySettings settings, int64_t headDim);

    /// Tables for positions (batch or 1, time) of a text of `length` positions, on the positions' device,
    /// computed in float32, given as `type`.
    RotaryTables tables(const at::Tensor& positions, int64_t length, at::ScalarType type);

  private:
    RotarySettings m_settings;
    int64_t m_size;
    int64_t m_length = 0;
    at::Tensor m_frequencies;
};

/// Rotates x (batch, time, heads, headDim), all of each head or its first part as the tables say; same shape,
/// contiguous.
at::Tensor rotate(const at::Tensor& x, const RotaryTables& tables);

}  // namespace lathe
