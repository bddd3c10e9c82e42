// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/packed_matrix.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/result.h"

namespace lathe {
namespace {

constexpr int64_t kBlock = 64, kBlockBytes = kBlock / 2;
constexpr float kLargestByte = 127;
constexpr int64_t kGrain = 1 << 14;  ///< values a thread should have at least

/// The values of NF4: quantiles of a normal distribution, scaled to [-1, 1] (QLoRA, appendix E).
constexpr std::array<float, 16> kNormalFloat{-1.0f,
                                             -0.6961928009986877f,
                                             -0.5250730514526367f,
                                             -0.39491748809814453f,
                                             -0.28444138169288635f,
                                             -0.18477343022823334f,
                                             -0.09105003625154495f,
                                             0.0f,
                                             0.07958029955625534f,
                                             0.16093020141124725f,
                                             0.24611230194568634f,
                                             0.33791524171829224f,
                                             0.44070982933044434f,
                                             0.5626170039176941f,
                                             0.7229568362236023f,
                                             1.0f};

/// The two values of each byte.
using Pairs = std::array<std::array<float, 2>, 256>;

const Pairs& pairs() {
    static const Pairs table = [] {
        Pairs filled{};
        for (std::size_t code = 0; code < filled.size(); ++code)
            filled[code] = {kNormalFloat[code >> 4], kNormalFloat[code & 15]};
        return filled;
    }();
    return table;
}

int64_t rowGrain(int64_t columns) {
    return std::max<int64_t>(kGrain / columns, 1);
}

int64_t blocksOf(int64_t values) {
    return (values + kBlock - 1) / kBlock;
}

/// The nearest of the sixteen.
uint8_t nearestCode(float value) {
    static const std::array<float, 15> middles = [] {
        std::array<float, 15> between{};
        for (std::size_t i = 0; i < between.size(); ++i)
            between[i] = (kNormalFloat[i] + kNormalFloat[i + 1]) / 2;
        return between;
    }();
    return static_cast<uint8_t>(std::upper_bound(middles.begin(), middles.end(), value) - middles.begin());
}

void packBlock(const float* values, int64_t count, uint8_t* codes, float& scale) {
    scale = 0;
    for (int64_t i = 0; i < count; ++i) scale = std::max(scale, std::abs(values[i]));
    const auto code = [&](int64_t i) {
        return nearestCode(i < count && scale > 0 ? values[i] / scale : 0.0f);
    };
    for (int64_t i = 0; i < kBlockBytes; ++i)
        codes[i] = static_cast<uint8_t>(code(2 * i) << 4 | code(2 * i + 1));
}

void packRow(const float* values, int64_t count, int8_t* codes, float& scale) {
    float largest = 0;
    for (int64_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(values[i]));
    scale = largest / kLargestByte;
    for (int64_t i = 0; i < count; ++i)
        codes[i] = scale > 0 ? static_cast<int8_t>(std::nearbyint(values[i] / scale)) : int8_t(0);
}

template <class Out>
void unpackBlocks(const uint8_t* codes, const float* scales, int64_t values, Out* out) {
    const Pairs& table = pairs();
    at::parallel_for(0, blocksOf(values), kGrain / kBlock, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
            const uint8_t* from = codes + block * kBlockBytes;
            Out* to = out + block * kBlock;
            const float scale = scales[block];
            const int64_t count = std::min(kBlock, values - block * kBlock);
            for (int64_t i = 0; i < count / 2; ++i) {
                const auto& pair = table[from[i]];
                to[2 * i] = static_cast<Out>(pair[0] * scale);
                to[2 * i + 1] = static_cast<Out>(pair[1] * scale);
            }
            if (count % 2 == 1) to[count - 1] = static_cast<Out>(table[from[count / 2]][0] * scale);
        }
    });
}

template <class Out>
void unpackRows(const int8_t* codes, const float* scales, int64_t rows, int64_t columns, Out* out) {
    at::parallel_for(0, rows, rowGrain(columns), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            const int8_t* from = codes + row * columns;
            Out* to = out + row * columns;
            const float scale = scales[row];
            for (int64_t i = 0; i < columns; ++i)
                to[i] = static_cast<Out>(static_cast<float>(from[i]) * scale);
        }
    });
}

/// Memory for one matrix that the thread keeps.
at::Tensor scratch(int64_t rows, int64_t columns, at::ScalarType type) {
    thread_local at::Tensor memory;
    const int64_t bytes = rows * columns * static_cast<int64_t>(c10::elementSize(type));
    if (!memory.defined() || memory.numel() < bytes) memory = at::empty({bytes}, at::kByte);
    return memory.narrow(0, 0, bytes).view(type).view({rows, columns});
}

}  // namespace

Quantization quantizationOf(const std::string& word) {
    if (word == "int8") return Quantization::Int8;
    if (word == "nf4") return Quantization::Nf4;
    LATHE_CHECK(word == "none");
    return Quantization::None;
}

int64_t packedBytes(int64_t rows, int64_t columns, Quantization kind) {
    LATHE_CHECK(kind != Quantization::None);
    constexpr auto kScale = static_cast<int64_t>(sizeof(float));
    if (kind == Quantization::Int8) return rows * columns + rows * kScale;
    return blocksOf(rows * columns) * (kBlockBytes + kScale);
}

PackedMatrix::PackedMatrix(const at::Tensor& matrix, Quantization kind)
    : m_kind(kind), m_rows(matrix.size(0)), m_columns(matrix.size(1)) {
    LATHE_CHECK(kind != Quantization::None);
    const at::NoGradGuard noGrad;
    const at::Tensor values = matrix.detach().contiguous();
    const auto* from = values.const_data_ptr<float>();
    if (kind == Quantization::Int8) {
        m_codes = register_buffer("codes", at::empty({m_rows, m_columns}, at::kChar));
        m_scales = register_buffer("scales", at::empty({m_rows}, at::kFloat));
        auto* codes = m_codes.data_ptr<int8_t>();
        auto* scales = m_scales.data_ptr<float>();
        at::parallel_for(0, m_rows, rowGrain(m_columns), [&](int64_t begin, int64_t end) {
            for (int64_t row = begin; row < end; ++row)
                packRow(from + row * m_columns, m_columns, codes + row * m_columns, scales[row]);
        });
        return;
    }
    const int64_t count = values.numel(), blocks = blocksOf(count);
    m_codes = register_buffer("codes", at::empty({blocks * kBlockBytes}, at::kByte));
    m_scales = register_buffer("scales", at::empty({blocks}, at::kFloat));
    auto* codes = m_codes.data_ptr<uint8_t>();
    auto* scales = m_scales.data_ptr<float>();
    at::parallel_for(0, blocks, kGrain / kBlock, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block)
            packBlock(from + block * kBlock, std::min(kBlock, count - block * kBlock),
                      codes + block * kBlockBytes, scales[block]);
    });
}

at::Tensor PackedMatrix::unpack(at::ScalarType type) const {
    if (!m_codes.is_cpu() || (type != at::kFloat && type != at::kBFloat16)) return unpackByOperations(type);
    at::Tensor matrix = scratch(m_rows, m_columns, type);
    const auto* scales = m_scales.const_data_ptr<float>();
    const auto into = [&]<class Out>(Out* out) {
        if (m_kind == Quantization::Int8)
            unpackRows(m_codes.const_data_ptr<int8_t>(), scales, m_rows, m_columns, out);
        else
            unpackBlocks(m_codes.const_data_ptr<uint8_t>(), scales, m_rows * m_columns, out);
    };
    if (type == at::kFloat)
        into(matrix.data_ptr<float>());
    else
        into(matrix.data_ptr<at::BFloat16>());
    return matrix;
}

at::Tensor PackedMatrix::unpackByOperations(at::ScalarType type) const {
    const at::NoGradGuard noGrad;
    if (m_kind == Quantization::Int8) return (m_codes.to(at::kFloat) * m_scales.unsqueeze(1)).to(type);
    thread_local at::Tensor table;
    if (!table.defined() || table.device() != m_codes.device())
        table = at::from_blob(const_cast<float*>(pairs().front().data()), {256, 2}, at::kFloat)
                    .to(m_codes.device());
    const at::Tensor values = table.index_select(0, m_codes.to(at::kInt)).view({-1, kBlock});
    return (values * m_scales.unsqueeze(1))
        .view({-1})
        .narrow(0, 0, m_rows * m_columns)
        .view({m_rows, m_columns})
        .to(type);
}

}  // namespace lathe
