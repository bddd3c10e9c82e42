// SPDX-License-Identifier: GPL-3.0-or-later
// Stored values of any type to float32, and how many bytes they take in a file.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/formats/weights/weight_source.h"

namespace lathe {

/// A type stores `elements` values together in `bytes` bytes; plain types have one element.
struct BlockLayout {
    uint32_t elements;
    uint32_t bytes;
};
BlockLayout blockLayout(DType dtype);

/// Bytes that `elements` values take; FileMalformed at `place` for a part of a block or an overflow.
Result<uint64_t> storedBytes(DType dtype, uint64_t elements, const std::string& place);

/// `bytes` is exactly what out.size() values take.
void widenToFloat(DType dtype, std::span<const std::byte> bytes, std::span<float> out);

}  // namespace lathe
