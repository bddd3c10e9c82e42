// SPDX-License-Identifier: GPL-3.0-or-later
// Float32 to the types that models are written in (methods.md, "Block formats").
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/formats/weights/weight_source.h"

namespace lathe {

/// IEEE half nearest to the value, ties to even; too large becomes infinite.
uint16_t floatToHalf(float value);

/// The largest magnitude that stays finite in one of these types. The scale of a block is a half, too.
float largestValueOf(DType dtype);

/// The stored bytes of `values` in F32, F16, BF16, Q8_0 or Q4_0; a block type takes whole blocks.
std::vector<std::byte> narrowFromFloat(DType dtype, std::span<const float> values);

}  // namespace lathe
