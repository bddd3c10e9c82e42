// SPDX-License-Identifier: GPL-3.0-or-later
// The GGUF writer against the reader, the narrow types against their widening, and names both ways.
#include <cmath>
#include <limits>

#include "core/formats/gguf/gguf_export.h"
#include "core/formats/gguf/gguf_file.h"
#include "core/formats/gguf/gguf_names.h"
#include "core/formats/gguf/gguf_writer.h"
#include "core/formats/weights/block_quantization.h"
#include "core/formats/weights/narrow.h"
#include "core/formats/weights/widen.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

std::vector<float> widened(DType dtype, const std::vector<float>& values) {
    std::vector<float> out(values.size());
    widenToFloat(dtype, narrowFromFloat(dtype, values), out);
    return out;
}

std::vector<float> waves(std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(0.7f * float(i)) * float(i % 7);
    return values;
}

}  // namespace

class TestGgufWriter : public QObject {
    Q_OBJECT
  private slots:
    void everyHalfComesBack() {
        for (uint32_t bits = 0; bits < 0x10000; ++bits) {
            const float value = halfToFloat(uint16_t(bits));
            if (std::isnan(value)) {
                QVERIFY(std::isnan(halfToFloat(floatToHalf(value))));
            } else {
                QCOMPARE(floatToHalf(value), uint16_t(bits));
            }
        }
        QCOMPARE(floatToHalf(65520.0f), uint16_t(0x7c00));  // above the largest half: infinite
        QCOMPARE(floatToHalf(65519.0f), uint16_t(0x7bff));
        QCOMPARE(floatToHalf(1.0f + 1.0f / 2048), uint16_t(0x3c00));  // a tie goes to the even one
        QCOMPARE(floatToHalf(1.0f + 3.0f / 2048), uint16_t(0x3c02));
        QCOMPARE(floatToHalf(std::ldexp(1.0f, -25)), uint16_t(0));
    }
    void roundingStaysWithinTheType_data() {
        QTest::addColumn<int>("dtype");
        QTest::addColumn<double>("share");
        QTest::newRow("f32") << int(DType::F32) << 0.0;
        QTest::newRow("f16") << int(DType::F16) << 1.0 / 2048;
        QTest::newRow("bf16") << int(DType::BF16) << 1.0 / 256;
        QTest::newRow("q8_0") << int(DType::Q8_0) << 1.13 / 254;
        QTest::newRow("q4_0") << int(DType::Q4_0) << 1.01 / 8;
    }
    void roundingStaysWithinTheType() {
        QFETCH(int, dtype);
        QFETCH(double, share);
        const auto values = waves(320);
        const auto back = widened(DType(dtype), values);
        float largest = 0;
        for (const float value : values) largest = std::max(largest, std::abs(value));
        for (std::size_t i = 0; i < values.size(); ++i)
            QVERIFY(std::abs(double(back[i]) - values[i]) <= share * largest);
        QCOMPARE(widened(DType(dtype), std::vector<float>(32, 0.0f)), std::vector<float>(32, 0.0f));
    }
    void theLargestValueStaysFinite() {
        for (const DType dtype : {DType::F32, DType::F16, DType::BF16, DType::Q8_0, DType::Q4_0})
            for (const float sign : {1.0f, -1.0f}) {
                const float largest = sign * largestValueOf(dtype);
                const float back = widened(dtype, std::vector<float>(32, largest)).front();
                QVERIFY2(std::isfinite(back) && std::abs(back / largest - 1) < 0.13f, dtypeName(dtype));
                if (dtype == DType::F32) continue;
                QVERIFY2(!std::isfinite(widened(dtype, std::vector<float>(32, largest * 1.01f)).front()),
                         dtypeName(dtype));
            }
    }
    void theReaderFindsWhatWasWritten() {
        lathe::test::TemporaryFolder folder;
        OrderedJson metadata;
        metadata["general.architecture"] = "llama";
        metadata["a.count"] = 7;
        metadata["a.large"] = uint64_t(5'000'000'000);
        metadata["a.negative"] = -3;
        metadata["a.share"] = 0.5;
        metadata["a.flag"] = true;
        metadata["a.texts"] = {"x", "", "中"};
        metadata["a.types"] = {1, 3, 6};
        metadata["a.scores"] = {0.0, -1.5};
        const auto first = waves(64), second = waves(5);
        const auto path = folder.path() / "m.gguf";
        LATHE_VERIFY_OK(
            writeGguf(path, metadata,
                      {{"token_embd.weight", DType::Q8_0, {2, 32}, narrowFromFloat(DType::Q8_0, first)},
                       {"output_norm.weight", DType::F32, {5}, narrowFromFloat(DType::F32, second)}}));
        const auto file = openGguf(path);
        LATHE_VERIFY_OK(file);
        for (const auto& [key, value] : metadata.items())
            QVERIFY2(file.value().metadata.at(key) == Json(value), key.c_str());
        QCOMPARE(file.value().tensors.size(), std::size_t(2));
        QCOMPARE(file.value().tensors[0].dims, (std::vector<uint64_t>{32, 2}));
        std::vector<float> back(5);
        widenToFloat(DType::F32, file.value().bytesOf(file.value().tensors[1]), back);
        QCOMPARE(back, second);
    }
    void namesLeadBackToThemselves() {
        for (const char* architecture : {"llama", "qwen2", "qwen3"})
            for (const char* name :
                 {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight",
                  "model.layers.11.self_attn.q_proj.weight", "model.layers.0.self_attn.k_proj.bias",
                  "model.layers.3.mlp.down_proj.weight", "model.layers.3.post_attention_layernorm.weight"}) {
                const auto gguf = ggufName(architecture, name);
                QVERIFY2(gguf.has_value(), name);
                QCOMPARE(huggingFaceName(architecture, gguf->text)->text, std::string(name));
            }
        QCOMPARE(ggufName("llama", "model.layers.0.self_attn.q_proj.weight")->order, GgufOrder::RotaryQuery);
        QCOMPARE(ggufName("qwen2", "model.layers.0.self_attn.q_proj.weight")->order, GgufOrder::AsStored);
        QCOMPARE(ggufName("gpt2", "transformer.h.1.attn.c_attn.weight")->text,
                 std::string("blk.1.attn_qkv.weight"));
        QCOMPARE(ggufName("gpt2", "transformer.h.1.attn.c_attn.bias")->order, GgufOrder::AsStored);
        QVERIFY(!ggufName("llama", "score.weight"));
        QVERIFY(!ggufName("t5", "shared.weight"));
    }
    void rotaryRowsLeadBackToThemselves() {
        // Two heads of six: halves 0 1 2 | 3 4 5 interleave to 0 3 1 4 2 5.
        const std::vector<std::size_t> inGguf = {0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11};
        for (std::size_t row = 0; row < inGguf.size(); ++row) {
            QCOMPARE(rotaryRowInGguf(row, 6), inGguf[row]);
            QCOMPARE(rotaryRowInCheckpoint(inGguf[row], 6), row);
        }
        GgufPlan plan;
        plan.heads = 2;
        plan.kvHeads = 1;
        std::vector<int64_t> shape = {8, 1};
        std::vector<float> values = {0, 1, 2, 3, 4, 5, 6, 7};
        toGgufOrder(plan, GgufOrder::RotaryQuery, shape, values);
        QCOMPARE(values, (std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7}));
        values = {0, 1, 2, 3, 4, 5, 6, 7};
        toGgufOrder(plan, GgufOrder::RotaryKey, shape, values);
        QCOMPARE(values, (std::vector<float>{0, 4, 1, 5, 2, 6, 3, 7}));
    }
    void whatTheFormatCannotSayIsRefused() {
        const Json llama{{"model_type", "llama"},  {"hidden_size", 64},       {"num_attention_heads", 4},
                         {"num_hidden_layers", 2}, {"intermediate_size", 96}, {"vocab_size", 10}};
        LATHE_VERIFY_OK(planGguf(llama, "here"));
        const auto refused = [&](const char* key, const Json& value) {
            Json config = llama;
            config[key] = value;
            const auto plan = planGguf(config, "here");
            return !plan.ok() && plan.error().code == ErrorCode::Unsupported && !plan.error().hint.empty();
        };
        QVERIFY(refused("model_type", "t5"));
        QVERIFY(refused("hidden_act", "gelu"));
        QVERIFY(refused("sliding_window", 16));
        QVERIFY(refused("rope_scaling", {{"rope_type", "longrope"}}));
        QVERIFY(refused("partial_rotary_factor", 0.5));
    }
};

LATHE_TEST(TestGgufWriter)
#include "tst_gguf_writer.moc"
