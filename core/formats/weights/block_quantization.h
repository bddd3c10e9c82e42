// SPDX-License-Identifier: GPL-3.0-or-later
// The block formats of GGUF (Q2_K … Q8_0, IQ4_NL) back to float32 (methods.md, "Block formats").
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/formats/weights/weight_source.h"

namespace lathe {

/// IEEE half to float, exact, with infinities, NaN and subnormals. Branch-free, so that loops vectorise.
inline float halfToFloat(uint16_t half) {
    constexpr uint32_t kExponent = 0x7c00u << 13;
    constexpr uint32_t kRebias = (127u - 15u) << 23;
    const uint32_t magnitude = (half & 0x7fffu) << 13;
    const uint32_t exponent = magnitude & kExponent;
    const uint32_t normal = magnitude + kRebias + (exponent == kExponent ? kRebias : 0u);
    // A subnormal half is mantissa × 2⁻²⁴: put the mantissa behind 2⁻¹⁴ and take 2⁻¹⁴ away again.
    constexpr uint32_t kSmallest = (127u - 14u) << 23;
    const float small = std::bit_cast<float>(magnitude | kSmallest) - std::bit_cast<float>(kSmallest);
    const uint32_t bits = exponent == 0 ? std::bit_cast<uint32_t>(small) : normal;
    return std::bit_cast<float>(bits | (uint32_t(half & 0x8000u) << 16));
}

/// Whole blocks of a Q type to floats; `out` holds a whole number of blocks and `bytes` exactly as many.
void dequantizeBlocks(DType dtype, std::span<const std::byte> bytes, std::span<float> out);

}  // namespace lathe
