// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/weights/block_quantization.h"

#include <cstring>

namespace lathe {
namespace {

float halfAt(const uint8_t* bytes) {
    uint16_t bits;
    std::memcpy(&bits, bytes, sizeof bits);
    return halfToFloat(bits);
}

uint32_t wordAt(const uint8_t* bytes) {
    uint32_t bits;
    std::memcpy(&bits, bytes, sizeof bits);
    return bits;
}

void blockQ8_0(const uint8_t* in, float* out) {
    const float d = halfAt(in);
    for (int j = 0; j < 32; ++j) out[j] = d * static_cast<float>(static_cast<int8_t>(in[2 + j]));
}

void blockQ4_0(const uint8_t* in, float* out) {
    const float d = halfAt(in);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(int(in[2 + j] & 15) - 8);
        out[j + 16] = d * static_cast<float>(int(in[2 + j] >> 4) - 8);
    }
}

void blockQ4_1(const uint8_t* in, float* out) {
    const float d = halfAt(in), m = halfAt(in + 2);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(in[4 + j] & 15) + m;
        out[j + 16] = d * static_cast<float>(in[4 + j] >> 4) + m;
    }
}

/// The 32 five-bit numbers of Q5_0 and Q5_1: low four bits in `low`, the fifth of each in one word.
void fiveBits(uint32_t high, const uint8_t* low, int* out) {
    for (int j = 0; j < 16; ++j) {
        out[j] = int(low[j] & 15) | int((high >> j & 1) << 4);
        out[j + 16] = int(low[j] >> 4) | int((high >> (j + 16) & 1) << 4);
    }
}

void blockQ5_0(const uint8_t* in, float* out) {
    const float d = halfAt(in);
    int q[32];
    fiveBits(wordAt(in + 2), in + 6, q);
    for (int j = 0; j < 32; ++j) out[j] = d * static_cast<float>(q[j] - 16);
}

void blockQ5_1(const uint8_t* in, float* out) {
    const float d = halfAt(in), m = halfAt(in + 2);
    int q[32];
    fiveBits(wordAt(in + 4), in + 8, q);
    for (int j = 0; j < 32; ++j) out[j] = d * static_cast<float>(q[j]) + m;
}

/// Scale and minimum of sub-block j of Q4_K and Q5_K, six bits each, packed into 12 bytes.
struct ScaleAndMinimum {
    float scale, minimum;
};
ScaleAndMinimum scaleAndMinimum(const uint8_t* packed, int j) {
    if (j < 4) return {static_cast<float>(packed[j] & 63), static_cast<float>(packed[j + 4] & 63)};
    return {static_cast<float>((packed[j + 4] & 15) | ((packed[j - 4] >> 6) << 4)),
            static_cast<float>((packed[j + 4] >> 4) | ((packed[j] >> 6) << 4))};
}

/// Q4_K and, with the fifth bits in `high`, Q5_K.
void blockK(const uint8_t* in, const uint8_t* high, const uint8_t* low, float* out) {
    const float d = halfAt(in), dmin = halfAt(in + 2);
    for (int c = 0; c < 4; ++c, low += 32, out += 64) {
        const auto first = scaleAndMinimum(in + 4, 2 * c), second = scaleAndMinimum(in + 4, 2 * c + 1);
        const float d1 = d * first.scale, m1 = dmin * first.minimum;
        const float d2 = d * second.scale, m2 = dmin * second.minimum;
        for (int l = 0; l < 32; ++l) {
            const int fifth1 = high ? (high[l] >> (2 * c) & 1) << 4 : 0;
            const int fifth2 = high ? (high[l] >> (2 * c + 1) & 1) << 4 : 0;
            out[l] = d1 * static_cast<float>((low[l] & 15) | fifth1) - m1;
            out[l + 32] = d2 * static_cast<float>((low[l] >> 4) | fifth2) - m2;
        }
    }
}

void blockQ4_K(const uint8_t* in, float* out) {
    blockK(in, nullptr, in + 16, out);
}
void blockQ5_K(const uint8_t* in, float* out) {
    blockK(in, in + 16, in + 48, out);
}

void blockQ6_K(const uint8_t* in, float* out) {
    const uint8_t *ql = in, *qh = in + 128;
    const uint8_t* scales = in + 192;
    const float d = halfAt(in + 208);
    const auto scale = [&](int i) { return d * static_cast<float>(static_cast<int8_t>(scales[i])); };
    for (int half = 0; half < 2; ++half, ql += 64, qh += 32, scales += 8, out += 128) {
        for (int l = 0; l < 32; ++l) {
            const int is = l / 16;
            const int q1 = ((ql[l] & 15) | ((qh[l] & 3) << 4)) - 32;
            const int q2 = ((ql[l + 32] & 15) | ((qh[l] >> 2 & 3) << 4)) - 32;
            const int q3 = ((ql[l] >> 4) | ((qh[l] >> 4 & 3) << 4)) - 32;
            const int q4 = ((ql[l + 32] >> 4) | ((qh[l] >> 6 & 3) << 4)) - 32;
            out[l] = scale(is) * static_cast<float>(q1);
            out[l + 32] = scale(is + 2) * static_cast<float>(q2);
            out[l + 64] = scale(is + 4) * static_cast<float>(q3);
            out[l + 96] = scale(is + 6) * static_cast<float>(q4);
        }
    }
}

/// Sub-blocks of 16, each with a scale and a minimum of four bits.
void blockQ2_K(const uint8_t* in, float* out) {
    const uint8_t *scales = in, *q = in + 16;
    const float d = halfAt(in + 80), dmin = halfAt(in + 82);
    for (int half = 0; half < 2; ++half, q += 32)
        for (int shift = 0; shift < 8; shift += 2)
            for (int part = 0; part < 32; part += 16, ++scales) {
                const float scale = d * static_cast<float>(*scales & 15);
                const float minimum = dmin * static_cast<float>(*scales >> 4);
                for (int l = 0; l < 16; ++l)
                    *out++ = scale * static_cast<float>(q[part + l] >> shift & 3) - minimum;
            }
}

/// Scale of sub-block j of Q3_K: four low bits in the first eight bytes, two high bits in the last four.
float scaleQ3_K(const uint8_t* packed, int j) {
    const int low = j < 8 ? packed[j] & 15 : packed[j - 8] >> 4;
    const int high = packed[8 + j % 4] >> (2 * (j / 4)) & 3;
    return static_cast<float>((low | high << 4) - 32);
}

/// Sub-blocks of 16; the third bit of each value is in `high`, and where it is not set 4 is taken away.
void blockQ3_K(const uint8_t* in, float* out) {
    const uint8_t *high = in, *q = in + 32, *scales = in + 96;
    const float d = halfAt(in + 108);
    int bit = 0, j = 0;
    for (int half = 0; half < 2; ++half, q += 32)
        for (int shift = 0; shift < 8; shift += 2, ++bit)
            for (int part = 0; part < 32; part += 16, ++j) {
                const float scale = d * scaleQ3_K(scales, j);
                for (int l = part; l < part + 16; ++l)
                    *out++ = scale * static_cast<float>((q[l] >> shift & 3) - (high[l] >> bit & 1 ? 0 : 4));
            }
}

/// As Q4_0, with 16 values that lie closer together around zero.
void blockIQ4_NL(const uint8_t* in, float* out) {
    static constexpr int kValues[] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  113};
    const float d = halfAt(in);
    for (int j = 0; j < 16; ++j) {
        out[j] = d * static_cast<float>(kValues[in[2 + j] & 15]);
        out[j + 16] = d * static_cast<float>(kValues[in[2 + j] >> 4]);
    }
}

template <std::size_t kElements, std::size_t kBytes, class Block>
void eachBlock(std::span<const std::byte> bytes, std::span<float> out, Block block) {
    LATHE_CHECK(out.size() % kElements == 0 && bytes.size() == out.size() / kElements * kBytes);
    const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
    for (std::size_t i = 0; i < out.size() / kElements; ++i)
        block(in + i * kBytes, out.data() + i * kElements);
}

}  // namespace

void dequantizeBlocks(DType dtype, std::span<const std::byte> bytes, std::span<float> out) {
    switch (dtype) {
        case DType::Q4_0:
            return eachBlock<32, 18>(bytes, out, blockQ4_0);
        case DType::Q4_1:
            return eachBlock<32, 20>(bytes, out, blockQ4_1);
        case DType::Q5_0:
            return eachBlock<32, 22>(bytes, out, blockQ5_0);
        case DType::Q5_1:
            return eachBlock<32, 24>(bytes, out, blockQ5_1);
        case DType::Q8_0:
            return eachBlock<32, 34>(bytes, out, blockQ8_0);
        case DType::Q4_K:
            return eachBlock<256, 144>(bytes, out, blockQ4_K);
        case DType::Q5_K:
            return eachBlock<256, 176>(bytes, out, blockQ5_K);
        case DType::Q6_K:
            return eachBlock<256, 210>(bytes, out, blockQ6_K);
        case DType::Q2_K:
            return eachBlock<256, 84>(bytes, out, blockQ2_K);
        case DType::Q3_K:
            return eachBlock<256, 110>(bytes, out, blockQ3_K);
        case DType::IQ4_NL:
            return eachBlock<32, 18>(bytes, out, blockIQ4_NL);
        default:
            LATHE_CHECK(!"a block format");
    }
}

}  // namespace lathe
