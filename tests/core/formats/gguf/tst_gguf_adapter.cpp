// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_adapter.h"

#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;

namespace {

constexpr uint32_t kF32 = 0;
const Json kLlama{{"model_type", "llama"}, {"num_attention_heads", 2}, {"num_key_value_heads", 1}};

GgufMaker adapterMetadata(const std::string& architecture, float alpha = 8) {
    GgufMaker maker;
    maker.text("general.architecture", architecture)
        .text("general.type", "adapter")
        .text("adapter.type", "lora")
        .f32("adapter.lora.alpha", alpha);
    return maker;
}

/// `count` numbers from 0 on.
std::string counting(std::size_t count) {
    std::vector<float> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = float(i);
    return floats(values);
}

/// A pair of rank 2 on the keys of the first block: 3 wide, 8 rows.
GgufMaker& addKeys(GgufMaker& maker) {
    return maker.tensor("blk.0.attn_k.weight.lora_a", {3, 2}, kF32, counting(6))
        .tensor("blk.0.attn_k.weight.lora_b", {2, 8}, kF32, counting(16));
}

}  // namespace

class TestGgufAdapter : public QObject {
    Q_OBJECT
  private:
    TemporaryFolder m_folder;

    Result<AdapterFolder> open(const GgufMaker& maker, const Json& baseConfig = kLlama) const {
        return openGgufAdapter(m_folder.write("a.gguf", maker.bytes()), baseConfig);
    }

  private slots:
    void readsAPairUnderPeftsNames() {
        GgufMaker maker = adapterMetadata("llama");
        const auto adapter = open(addKeys(maker));
        LATHE_VERIFY_OK(adapter);
        const Json& config = adapter.value().config;
        QCOMPARE(config["peft_type"].get<std::string>(), std::string("LORA"));
        QCOMPARE(config["r"].get<int>(), 2);
        QCOMPARE(config["lora_alpha"].get<double>(), 8.0);
        QVERIFY(config["target_modules"] == Json({"model.layers.0.self_attn.k_proj"}));
        const std::string module = "base_model.model.model.layers.0.self_attn.k_proj";
        const WeightSource& weights = *adapter.value().weights;
        const TensorInfo* b = weights.find(module + ".lora_B.weight");
        QVERIFY(b && weights.find(module + ".lora_A.weight"));
        QCOMPARE(b->shape, (std::vector<int64_t>{8, 2}));
        std::vector<float> values(16);
        LATHE_VERIFY_OK(weights.readFloat(*b, values));
        // One key head of 8: the file's rows 0 2 4 6 | 1 3 5 7.
        const std::vector<float> wanted = {0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15};
        QCOMPARE(values, wanted);
    }

    void theArchitectureMustBeTheBases() {
        GgufMaker qwen = adapterMetadata("qwen2");
        const auto misfit = open(addKeys(qwen));
        QVERIFY(!misfit.ok());
        QCOMPARE(misfit.error().code, ErrorCode::ModelMismatch);
        QCOMPARE(misfit.error().message,
                 std::string("the adapter is for a qwen2 model, the base is a llama model"));
        QVERIFY(!misfit.error().hint.empty());
        Json base = kLlama;
        base["model_type"] = "qwen2";
        LATHE_VERIFY_OK(open(qwen, base));
        // Mistral is one of llama's in these files.
        GgufMaker llama = adapterMetadata("llama");
        base["model_type"] = "mistral";
        LATHE_VERIFY_OK(open(addKeys(llama), base));
        GgufMaker nameless;
        nameless.text("general.type", "adapter").text("adapter.type", "lora");
        QCOMPARE(open(addKeys(nameless)).error().code, ErrorCode::FileMalformed);
    }

    void whatIsNoPlainAdapterIsRefused() {
        GgufMaker half = adapterMetadata("llama");
        half.tensor("blk.0.attn_k.weight.lora_a", {3, 2}, kF32, counting(6));
        QCOMPARE(open(half).error().code, ErrorCode::FileMalformed);
        GgufMaker ranks = adapterMetadata("llama");
        addKeys(ranks).tensor("blk.0.attn_v.weight.lora_a", {3, 1}, kF32, counting(3));
        QCOMPARE(open(ranks).error().code, ErrorCode::Unsupported);
        GgufMaker strange = adapterMetadata("llama");
        addKeys(strange).tensor("blk.0.attn_norm.weight", {3}, kF32, counting(3));
        QCOMPARE(open(strange).error().code, ErrorCode::Unsupported);
        GgufMaker rows = adapterMetadata("llama");
        Json base = kLlama;
        base["num_key_value_heads"] = 3;
        QCOMPARE(open(addKeys(rows), base).error().code, ErrorCode::FileMalformed);
        GgufMaker model;
        model.text("general.architecture", "llama").text("general.type", "model");
        QCOMPARE(open(model).error().code, ErrorCode::Unsupported);
    }

    void damagedFilesNeverCrash() {
        GgufMaker maker = adapterMetadata("llama");
        const std::string whole = addKeys(maker).bytes();
        survivesBitFlips(whole, 300, "a.gguf",
                         [](const auto& path) { (void)openGgufAdapter(path, kLlama).ok(); });
        refusesEveryCut(whole, 400, "a.gguf", [](const auto& path) { return openGgufAdapter(path, kLlama); });
    }
};

LATHE_TEST(TestGgufAdapter)
#include "tst_gguf_adapter.moc"
