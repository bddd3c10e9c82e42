// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/weights/widen.h"

#include <cstring>

#include "core/base/files.h"
#include "core/formats/weights/block_quantization.h"

namespace lathe {
namespace {

/// Mapped bytes need not be aligned, so each value is copied out before it is converted.
template <class Stored, class Convert>
void convertEach(std::span<const std::byte> bytes, std::span<float> out, Convert convert) {
    LATHE_CHECK(bytes.size() == out.size() * sizeof(Stored));
    for (std::size_t i = 0; i < out.size(); ++i) {
        Stored value;
        std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        out[i] = convert(value);
    }
}

template <class Stored>
void castEach(std::span<const std::byte> bytes, std::span<float> out) {
    convertEach<Stored>(bytes, out, [](Stored value) { return static_cast<float>(value); });
}

}  // namespace

BlockLayout blockLayout(DType dtype) {
    switch (dtype) {
        case DType::F64:
        case DType::I64:
            return {1, 8};
        case DType::F32:
        case DType::I32:
            return {1, 4};
        case DType::F16:
        case DType::BF16:
        case DType::I16:
            return {1, 2};
        case DType::I8:
        case DType::U8:
        case DType::Bool:
            return {1, 1};
        case DType::Q4_0:
            return {32, 18};
        case DType::Q4_1:
            return {32, 20};
        case DType::Q5_0:
            return {32, 22};
        case DType::Q5_1:
            return {32, 24};
        case DType::Q8_0:
            return {32, 34};
        case DType::Q4_K:
            return {256, 144};
        case DType::Q5_K:
            return {256, 176};
        case DType::Q6_K:
            return {256, 210};
        case DType::Q2_K:
            return {256, 84};
        case DType::Q3_K:
            return {256, 110};
        case DType::IQ4_NL:
            return {32, 18};
    }
    return {1, 1};
}

Result<uint64_t> storedBytes(DType dtype, uint64_t elements, const std::string& place) {
    const BlockLayout layout = blockLayout(dtype);
    if (elements % layout.elements != 0)
        return Error{
            ErrorCode::FileMalformed,
            std::to_string(elements) + " values are no whole number of " + dtypeName(dtype) + " blocks",
            place, ""};
    return checkedMultiply(elements / layout.elements, layout.bytes, place);
}

void widenToFloat(DType dtype, std::span<const std::byte> bytes, std::span<float> out) {
    switch (dtype) {
        case DType::F64:
            return castEach<double>(bytes, out);
        case DType::F32:
            LATHE_CHECK(bytes.size() == out.size_bytes());
            if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
            return;
        case DType::F16:
            return convertEach<uint16_t>(bytes, out, halfToFloat);
        case DType::BF16:
            return convertEach<uint16_t>(
                bytes, out, [](uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); });
        case DType::I64:
            return castEach<int64_t>(bytes, out);
        case DType::I32:
            return castEach<int32_t>(bytes, out);
        case DType::I16:
            return castEach<int16_t>(bytes, out);
        case DType::I8:
            return castEach<int8_t>(bytes, out);
        case DType::U8:
            return castEach<uint8_t>(bytes, out);
        case DType::Bool:
            return convertEach<uint8_t>(bytes, out, [](uint8_t value) { return value ? 1.0f : 0.0f; });
        default:
            return dequantizeBlocks(dtype, bytes, out);
    }
}

}  // namespace lathe
