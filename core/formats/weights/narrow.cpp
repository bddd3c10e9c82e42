// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/weights/narrow.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/result.h"
#include "core/formats/weights/widen.h"

namespace lathe {
namespace {

constexpr std::size_t kBlock = 32;

uint16_t floatToBfloat(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    if (std::isnan(value)) return uint16_t(bits >> 16 | 0x40);
    return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void putHalf(std::byte* out, float value) {
    const uint16_t half = floatToHalf(value);
    std::memcpy(out, &half, sizeof half);
}

void packQ8_0(const float* in, std::byte* out) {
    float largest = 0;
    for (std::size_t j = 0; j < kBlock; ++j) largest = std::max(largest, std::abs(in[j]));
    const float d = largest / 127, inverse = d != 0 ? 1 / d : 0;
    putHalf(out, d);
    for (std::size_t j = 0; j < kBlock; ++j)
        out[2 + j] = std::byte(static_cast<int8_t>(std::round(in[j] * inverse)));
}

/// The value furthest from zero becomes -8.
void packQ4_0(const float* in, std::byte* out) {
    const float furthest =
        *std::max_element(in, in + kBlock, [](float a, float b) { return std::abs(a) < std::abs(b); });
    const float d = furthest / -8, inverse = d != 0 ? 1 / d : 0;
    putHalf(out, d);
    const auto code = [&](float x) { return uint8_t(std::min(15, int(x * inverse + 8.5f))); };
    for (std::size_t j = 0; j < kBlock / 2; ++j)
        out[2 + j] = std::byte(uint8_t(code(in[j]) | code(in[j + kBlock / 2]) << 4));
}

template <class Store>
void eachValue(std::span<const float> values, std::byte* out, Store store) {
    for (const float value : values) {
        const auto stored = store(value);
        std::memcpy(out, &stored, sizeof stored);
        out += sizeof stored;
    }
}

template <class Pack>
void eachBlock(std::span<const float> values, std::byte* out, std::size_t bytes, Pack pack) {
    for (std::size_t i = 0; i < values.size(); i += kBlock, out += bytes) pack(values.data() + i, out);
}

}  // namespace

uint16_t floatToHalf(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    const auto sign = uint16_t(bits >> 16 & 0x8000);
    const uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return uint16_t(sign | 0x7e00);  // not a number
    if (magnitude >= 0x477ff000) return uint16_t(sign | 0x7c00);
    if (magnitude < 0x38800000) {
        // Below the smallest normal half: counted in steps of 2^-24, rounded by the addition.
        const float steps = std::bit_cast<float>(magnitude) + 0.5f;
        return uint16_t(sign | (std::bit_cast<uint32_t>(steps) - std::bit_cast<uint32_t>(0.5f)));
    }
    const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return uint16_t(sign | ((rounded - 0x38000000) >> 13));
}

float largestValueOf(DType dtype) {
    constexpr float kLargestHalf = 65504;
    switch (dtype) {
        case DType::F16:
            return kLargestHalf;
        case DType::BF16:
            return std::bit_cast<float>(uint32_t(0x7f7f0000));
        case DType::Q8_0:
            return kLargestHalf * 127;
        case DType::Q4_0:
            return kLargestHalf * 8;
        default:
            return std::numeric_limits<float>::max();
    }
}

std::vector<std::byte> narrowFromFloat(DType dtype, std::span<const float> values) {
    const BlockLayout layout = blockLayout(dtype);
    LATHE_CHECK(values.size() % layout.elements == 0);
    std::vector<std::byte> bytes(values.size() / layout.elements * layout.bytes);
    switch (dtype) {
        case DType::F32:
            eachValue(values, bytes.data(), [](float x) { return x; });
            break;
        case DType::F16:
            eachValue(values, bytes.data(), floatToHalf);
            break;
        case DType::BF16:
            eachValue(values, bytes.data(), floatToBfloat);
            break;
        case DType::Q8_0:
            eachBlock(values, bytes.data(), layout.bytes, packQ8_0);
            break;
        case DType::Q4_0:
            eachBlock(values, bytes.data(), layout.bytes, packQ4_0);
            break;
        default:
            LATHE_CHECK(!"a type that is written");
    }
    return bytes;
}

}  // namespace lathe
