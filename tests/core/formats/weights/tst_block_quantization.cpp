// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/weights/block_quantization.h"

#include <cmath>
#include <vector>

#include "core/formats/weights/widen.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

/// The same byte sequence as the script that made the golden numbers.
std::vector<std::byte> sampleBytes(std::size_t count) {
    std::vector<std::byte> bytes(count);
    uint32_t x = 7;
    for (auto& byte : bytes) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        byte = static_cast<std::byte>(x >> 16 & 255);
    }
    return bytes;
}

void putHalf(std::vector<std::byte>& bytes, std::size_t at, uint16_t half) {
    std::memcpy(bytes.data() + at, &half, sizeof half);
}

struct Golden {
    DType dtype;
    std::vector<std::size_t> halves;  ///< where the block keeps d (and m)
    std::vector<std::size_t> at;
    std::vector<float> values;
    double absoluteSum;
};

// Two blocks of sampleBytes with d = 0.0123, m = -0.37 in the first block and twice that in the second (as
// half), dequantised by gguf.quants.dequantize of gguf-py.
const std::vector<Golden> kGolden = {
    {DType::Q8_0,
     {0},
     {0, 1, 15, 16, 31, 32, 53, 63},
     {1.42663574f, -1.35284424f, 1.25445557f, -0.614929199f, -1.45123291f, 0.467346191f, 2.04156494f,
      0.983886719f},
     7.649719238e+01},
    {DType::Q4_0,
     {0},
     {0, 1, 15, 16, 31, 32, 53, 63},
     {-0.0491943359f, -0.0737915039f, -0.024597168f, -0.012298584f, -0.024597168f, 0.0983886719f,
      -0.147583008f, -0.196777344f},
     4.907135010e+00},
    {DType::Q4_1,
     {0, 2},
     {0, 1, 15, 16, 31, 32, 53, 63},
     {-0.333221436f, -0.308624268f, -0.320922852f, -0.357818604f, -0.34552002f, -0.420471191f, -0.740234375f,
      -0.420471191f},
     2.823818970e+01},
    {DType::Q5_0,
     {0},
     {0, 1, 15, 16, 31, 32, 53, 63},
     {-0.172180176f, -0.024597168f, 0.036895752f, 0.024597168f, -0.172180176f, 0.24597168f, -0.196777344f,
      -0.270568848f},
     9.322326660e+00},
    {DType::Q5_1,
     {0, 2},
     {0, 1, 15, 16, 31, 32, 53, 63},
     {-0.16104126f, -0.16104126f, -0.247131348f, -0.333221436f, -0.210235596f, -0.691040039f, -0.592651367f,
      -0.445068359f},
     1.852230835e+01},
    {DType::Q4_K,
     {0, 2},
     {0, 1, 127, 128, 255, 256, 389, 511},
     {20.2388f, 19.5377808f, 12.1238403f, 4.58782959f, 1.52966309f, 18.8585815f, 8.78582764f, 29.0167236f},
     8.348865784e+03},
    {DType::Q5_K,
     {0, 2},
     {0, 1, 127, 128, 255, 256, 389, 511},
     {24.2112427f, 18.3694153f, 13.2553101f, 5.965271f, 2.19378662f, 11.347168f, 21.3828125f, 41.298584f},
     1.183845013e+04},
    {DType::Q6_K,
     {208},
     {0, 1, 127, 128, 255, 256, 389, 511},
     {-38.5683594f, -41.3232422f, 15.668396f, -11.0687256f, 3.09924316f, -13.9465942f, -0.467346191f,
      -26.3435669f},
     8.935708374e+03},
    {DType::Q2_K,
     {80, 82},
     {0, 1, 63, 95, 128, 255, 389, 511},
     {2.36828613f, 2.51586914f, 3.33105469f, 0.740234375f, 1.13494873f, 1.52966309f, 2.14459229f,
      5.37841797f},
     2.011756714e+03},
    {DType::Q3_K,
     {108},
     {0, 1, 63, 95, 128, 191, 256, 511},
     {-0.221374512f, -0.221374512f, 0.590332031f, 0.0f, 1.2298584f, 0.282867432f, -2.13995361f, 0.295166016f},
     3.198123779e+02},
    {DType::IQ4_NL,
     {0},
     {0, 1, 15, 16, 31, 32, 53, 63},
     {-0.602630615f, -1.02078247f, -0.270568848f, -0.12298584f, -0.270568848f, 1.3036499f, -2.04156494f,
      -3.12384033f},
     6.810955811e+01}};

}  // namespace

class TestGgufQuant : public QObject {
    Q_OBJECT
  private slots:
    void halvesAreExact() {
        for (uint32_t bits = 0; bits < 65536; ++bits) {
            const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
            const double sign = bits & 0x8000 ? -1 : 1;
            const float value = halfToFloat(static_cast<uint16_t>(bits));
            QCOMPARE(std::signbit(value), sign < 0);
            if (exponent == 31) {
                QVERIFY(mantissa ? std::isnan(value) : std::isinf(value));
            } else {
                const double expected =
                    exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24);
                QVERIFY(double(value) == sign * expected);
            }
        }
    }

    void blocksMatchTheReference() {
        const uint16_t scales[2][2] = {{0x224c, 0xb5ec},
                                       {0x264c, 0xb9ec}};  // 0.0123, -0.37 and their doubles
        for (const Golden& golden : kGolden) {
            const BlockLayout layout = blockLayout(golden.dtype);
            auto bytes = sampleBytes(2 * layout.bytes);
            for (std::size_t block = 0; block < 2; ++block)
                for (std::size_t i = 0; i < golden.halves.size(); ++i)
                    putHalf(bytes, block * layout.bytes + golden.halves[i], scales[block][i]);
            std::vector<float> out(2 * layout.elements);
            widenToFloat(golden.dtype, bytes, out);
            double sum = 0;
            for (const float value : out) sum += std::abs(double(value));
            for (std::size_t i = 0; i < golden.at.size(); ++i)
                QVERIFY2(std::abs(out[golden.at[i]] - golden.values[i]) <= 1e-6f * std::abs(golden.values[i]),
                         dtypeName(golden.dtype));
            QVERIFY2(std::abs(sum - golden.absoluteSum) <= 1e-6 * golden.absoluteSum,
                     dtypeName(golden.dtype));
        }
    }

    void smallQ4_0Block() {
        std::vector<std::byte> bytes(18);
        putHalf(bytes, 0, 0x3800);  // 0.5
        bytes[2] = std::byte(0x87);
        std::vector<float> out(32);
        widenToFloat(DType::Q4_0, bytes, out);
        QCOMPARE(out[0], -0.5f);
        QCOMPARE(out[1], -4.0f);
        QCOMPARE(out[16], 0.0f);
        QCOMPARE(out[17], -4.0f);
    }

    void plainTypes() {
        const auto one = [](DType dtype, auto value) {
            float out = 0;
            widenToFloat(dtype, std::as_bytes(std::span(&value, 1)), {&out, 1});
            return out;
        };
        QCOMPARE(one(DType::F64, 2.5), 2.5f);
        QCOMPARE(one(DType::F32, -3.25f), -3.25f);
        QCOMPARE(one(DType::F16, uint16_t(0xc000)), -2.0f);
        QCOMPARE(one(DType::BF16, uint16_t(0x3fc0)), 1.5f);
        QCOMPARE(one(DType::I64, int64_t(-7)), -7.0f);
        QCOMPARE(one(DType::I32, int32_t(70000)), 70000.0f);
        QCOMPARE(one(DType::I16, int16_t(-300)), -300.0f);
        QCOMPARE(one(DType::I8, int8_t(-128)), -128.0f);
        QCOMPARE(one(DType::U8, uint8_t(255)), 255.0f);
        QCOMPARE(one(DType::Bool, uint8_t(1)), 1.0f);
    }

    void storedBytesAreChecked() {
        QCOMPARE(storedBytes(DType::Q4_1, 64, "t").value(), uint64_t(40));
        QVERIFY(!storedBytes(DType::Q4_1, 33, "t").ok());
        QVERIFY(!storedBytes(DType::F64, uint64_t(1) << 62, "t").ok());
    }
};

LATHE_TEST(TestGgufQuant)
#include "tst_block_quantization.moc"
