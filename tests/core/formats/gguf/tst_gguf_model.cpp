// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_model.h"

#include <cmath>
#include <fstream>
#include <functional>

#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

constexpr uint32_t kF32 = 0, kQ8_0 = 8;
constexpr uint64_t kHidden = 32, kHeadDim = 8, kInner = 64, kVocabulary = 5;

/// rows × columns, each value its row number; the rows given in the order in which they are to be stored.
std::string matrix(const std::vector<int>& rows, uint64_t columns) {
    std::vector<float> values;
    for (const int row : rows) values.insert(values.end(), columns, static_cast<float>(row));
    return floats(values);
}
std::vector<int> counting(uint64_t count) {
    std::vector<int> rows;
    for (uint64_t i = 0; i < count; ++i) rows.push_back(static_cast<int>(i));
    return rows;
}
/// The row order of a converter for architecture llama: within each head of 8 rows [0,4,1,5,2,6,3,7]
/// (methods.md, "Golden values: row order").
std::vector<int> interleaved(int heads) {
    std::vector<int> rows;
    for (int head = 0; head < heads; ++head)
        for (const int row : {0, 4, 1, 5, 2, 6, 3, 7}) rows.push_back(head * 8 + row);
    return rows;
}
/// The same as Q8_0 blocks of 32 with scale 1.
std::string blocks(const std::vector<int>& rows) {
    std::string bytes;
    for (const int row : rows) bytes += le<uint16_t>(0x3c00) + std::string(32, static_cast<char>(row));
    return bytes;
}

GgufMaker llamaMetadata(const std::string& architecture = "llama") {
    GgufMaker maker;
    const std::string prefix = architecture + ".";
    maker.text("general.architecture", architecture)
        .u32(prefix + "block_count", 1)
        .u32(prefix + "context_length", 128)
        .u32(prefix + "embedding_length", kHidden)
        .u32(prefix + "feed_forward_length", kInner)
        .u32(prefix + "attention.head_count", 2)
        .u32(prefix + "attention.head_count_kv", 1)
        .u32(prefix + "attention.key_length", kHeadDim)
        .u32(prefix + "attention.value_length", kHeadDim)
        .f32(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
        .f32(prefix + "rope.freq_base", 100000)
        .u32("tokenizer.ggml.bos_token_id", 1)
        .u32("tokenizer.ggml.eos_token_id", 2);
    return maker;
}
GgufMaker& llamaTensors(GgufMaker& maker) {
    const std::string norm = floats(std::vector<float>(kHidden, 1));
    return maker
        .tensor("token_embd.weight", {kHidden, kVocabulary}, kF32, matrix(counting(kVocabulary), kHidden))
        .tensor("blk.0.attn_norm.weight", {kHidden}, kF32, norm)
        .tensor("blk.0.attn_q.weight", {kHidden, 2 * kHeadDim}, kQ8_0, blocks(interleaved(2)))
        .tensor("blk.0.attn_q.bias", {2 * kHeadDim}, kF32, matrix(interleaved(2), 1))
        .tensor("blk.0.attn_k.weight", {kHidden, kHeadDim}, kF32, matrix(interleaved(1), kHidden))
        .tensor("blk.0.attn_v.weight", {kHidden, kHeadDim}, kF32, matrix(interleaved(1), kHidden))
        .tensor("blk.0.ffn_down.weight", {kInner, kHidden}, kF32, matrix(counting(kHidden), kInner));
}

std::vector<float> firstColumn(const ModelSource& model, const std::string& name) {
    const TensorInfo* info = model.weights->find(name);
    if (!info) return {};
    std::vector<float> values(info->elements), column;
    if (!model.weights->readFloat(*info, values).ok()) return {};
    const std::size_t columns = info->shape.size() == 2 ? static_cast<std::size_t>(info->shape[1]) : 1;
    for (std::size_t i = 0; i < values.size(); i += columns) column.push_back(values[i]);
    return column;
}
std::vector<float> asFloats(const std::vector<int>& rows) {
    return {rows.begin(), rows.end()};
}

Result<void> useAll(const fs::path& path) {
    LATHE_TRY(const auto model, openGgufModel(path));
    for (const TensorInfo& info : model.weights->tensors()) {
        std::vector<float> values(info.elements);
        LATHE_TRY_VOID(model.weights->readFloat(info, values));
    }
    return {};
}

}  // namespace

class TestGgufModel : public QObject {
    Q_OBJECT
  private:
    TemporaryFolder m_folder;
    Result<ModelSource> open(const GgufMaker& maker) const {
        return openGgufModel(m_folder.write("f.gguf", maker.bytes()));
    }

  private slots:
    void llamaConfigIsRebuilt() {
        GgufMaker maker = llamaMetadata();
        const auto model = open(llamaTensors(maker));
        LATHE_VERIFY_OK(model);
        const Json expected{{"architectures", {"LlamaForCausalLM"}},
                            {"model_type", "llama"},
                            {"torch_dtype", "float32"},
                            {"vocab_size", 5},
                            {"hidden_size", 32},
                            {"intermediate_size", 64},
                            {"num_hidden_layers", 1},
                            {"num_attention_heads", 2},
                            {"num_key_value_heads", 1},
                            {"head_dim", 8},
                            {"max_position_embeddings", 128},
                            {"rms_norm_eps", double(1e-5f)},
                            {"rope_theta", 100000.0},
                            {"rope_scaling", nullptr},
                            {"hidden_act", "silu"},
                            {"attention_bias", true},
                            {"mlp_bias", false},
                            {"attention_dropout", 0.0},
                            {"initializer_range", 0.02},
                            {"tie_word_embeddings", true},
                            {"bos_token_id", 1},
                            {"eos_token_id", 2},
                            {"pad_token_id", nullptr}};
        QCOMPARE(QString::fromStdString(model.value().config.dump()),
                 QString::fromStdString(expected.dump()));
        QCOMPARE(model.value().format, std::string("gguf"));
        QCOMPARE(model.value().ggufMetadata["llama.block_count"].get<int>(), 1);
    }

    void llamaRowsAreUnpermuted() {
        GgufMaker maker = llamaMetadata();
        const auto model = open(llamaTensors(maker));
        LATHE_VERIFY_OK(model);
        const std::string block = "model.layers.0.";
        QVERIFY(firstColumn(model.value(), block + "self_attn.q_proj.weight") == asFloats(counting(16)));
        QVERIFY(firstColumn(model.value(), block + "self_attn.q_proj.bias") == asFloats(counting(16)));
        QVERIFY(firstColumn(model.value(), block + "self_attn.k_proj.weight") == asFloats(counting(8)));
        QVERIFY(firstColumn(model.value(), block + "self_attn.v_proj.weight") == asFloats(interleaved(1)));
        const TensorInfo* down = model.value().weights->find(block + "mlp.down_proj.weight");
        QVERIFY(down && down->shape == std::vector<int64_t>({kHidden, kInner}));
        QVERIFY(firstColumn(model.value(), "model.embed_tokens.weight") == asFloats(counting(kVocabulary)));
    }

    void qwenRowsStay() {
        GgufMaker maker = llamaMetadata("qwen2");
        const auto model = open(llamaTensors(maker).tensor("output.weight", {kHidden, kVocabulary}, kF32,
                                                           matrix(counting(kVocabulary), kHidden)));
        LATHE_VERIFY_OK(model);
        QVERIFY(firstColumn(model.value(), "model.layers.0.self_attn.q_proj.weight") ==
                asFloats(interleaved(2)));
        QVERIFY(model.value().weights->find("lm_head.weight"));
        QCOMPARE(model.value().config["tie_word_embeddings"].get<bool>(), false);
        QVERIFY(!model.value().config.contains("attention_bias"));  // no key of Qwen2
        QCOMPARE(model.value().config["architectures"][0].get<std::string>(),
                 std::string("Qwen2ForCausalLM"));
    }

    void llama3FactorsMatchTheReference() {
        // Llama-3.2-1B: methods.md, "Golden values: llama3 scaling", computed in double precision.
        const auto factors = llama3RopeFactors(500000, 64, 32, 1, 4, 8192);
        const std::vector<std::pair<std::size_t, double>> expected{
            {0, 1}, {14, 1}, {15, 1.651329}, {16, 3.292262}, {17, 9.666729}, {18, 32}, {31, 32}};
        QCOMPARE(factors.size(), std::size_t(32));
        for (const auto& [i, factor] : expected) QVERIFY(std::abs(factors[i] - factor) < 1e-5 * factor);
    }

    void ropeFactorsBecomeSettings() {
        GgufMaker maker = llamaMetadata();
        llamaTensors(maker).tensor("rope_freqs.weight", {4}, kF32,
                                   floats(llama3RopeFactors(1e5, 8, 32, 1, 4, 8192)));
        const auto model = open(maker);
        LATHE_VERIFY_OK(model);
        const Json expected{{"rope_type", "llama3"},
                            {"factor", 32.0},
                            {"low_freq_factor", 1.0},
                            {"high_freq_factor", 4.0},
                            {"original_max_position_embeddings", 8192}};
        QVERIFY(model.value().config["rope_scaling"] == expected);
        QVERIFY(!model.value().weights->find("rope_freqs.weight"));

        GgufMaker other = llamaMetadata();
        const auto strange =
            open(llamaTensors(other).tensor("rope_freqs.weight", {4}, kF32, floats({1, 3, 2, 7})));
        QVERIFY(!strange.ok());
        QCOMPARE(strange.error().code, ErrorCode::Unsupported);
        GgufMaker nan = llamaMetadata();
        QVERIFY(!open(llamaTensors(nan).tensor("rope_freqs.weight", {4}, kF32, floats({1, 1, 1, NAN}))).ok());
    }

    void linearScalingIsKept() {
        GgufMaker maker = llamaMetadata();
        maker.text("llama.rope.scaling.type", "linear").f32("llama.rope.scaling.factor", 2);
        const auto model = open(llamaTensors(maker));
        LATHE_VERIFY_OK(model);
        QVERIFY(model.value().config["rope_scaling"] == Json({{"rope_type", "linear"}, {"factor", 2.0}}));
    }

    void gpt2MatricesAreTransposed() {
        GgufMaker maker;
        maker.text("general.architecture", "gpt2")
            .u32("gpt2.block_count", 1)
            .u32("gpt2.embedding_length", 2)
            .u32("gpt2.attention.head_count", 1)
            .u32("gpt2.feed_forward_length", 8)
            .f32("gpt2.attention.layer_norm_epsilon", 1e-5f)
            .tensor("token_embd.weight", {2, 3}, kF32, matrix(counting(3), 2))
            .tensor("position_embd.weight", {2, 4}, kF32, matrix(counting(4), 2))
            .tensor("output.weight", {2, 3}, kF32, matrix(counting(3), 2))
            .tensor("blk.0.attn_qkv.weight", {2, 6}, kF32, floats({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
            .tensor("blk.0.attn_qkv.bias", {6}, kF32, floats({0, 1, 2, 3, 4, 5}));
        const auto model = open(maker);
        LATHE_VERIFY_OK(model);
        const TensorInfo* info = model.value().weights->find("transformer.h.0.attn.c_attn.weight");
        QVERIFY(info && info->shape == std::vector<int64_t>({2, 6}));
        std::vector<float> values(12);
        LATHE_VERIFY_OK(model.value().weights->readFloat(*info, values));
        QVERIFY(values == std::vector<float>({0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11}));
        QVERIFY(firstColumn(model.value(), "transformer.h.0.attn.c_attn.bias") == asFloats(counting(6)));
        QVERIFY(!model.value().weights->find("lm_head.weight"));
        QCOMPARE(model.value().config["n_positions"].get<int>(), 4);
    }

    void bertNames() {
        GgufMaker maker;
        maker.text("general.architecture", "bert")
            .u32("bert.block_count", 1)
            .u32("bert.embedding_length", 2)
            .u32("bert.attention.head_count", 1)
            .u32("bert.feed_forward_length", 8)
            .f32("bert.attention.layer_norm_epsilon", 1e-12f)
            .tensor("token_embd.weight", {2, 3}, kF32, matrix(counting(3), 2))
            .tensor("position_embd.weight", {2, 4}, kF32, matrix(counting(4), 2))
            .tensor("token_types.weight", {2, 2}, kF32, matrix(counting(2), 2))
            .tensor("blk.0.attn_output_norm.bias", {2}, kF32, floats({1, 2}));
        const auto model = open(maker);
        LATHE_VERIFY_OK(model);
        QVERIFY(model.value().weights->find("encoder.layer.0.attention.output.LayerNorm.bias"));
        QCOMPARE(model.value().config["type_vocab_size"].get<int>(), 2);
        QCOMPARE(model.value().config["max_position_embeddings"].get<int>(), 4);
    }

    void refusesWhatItCannotRebuild() {
        using Change = std::function<void(GgufMaker&)>;
        const std::vector<std::pair<const char*, Change>> changes = {
            {"adapter", [](GgufMaker& m) { m.text("general.type", "adapter"); }},
            {"split", [](GgufMaker& m) { m.value("split.count", 2, le<uint16_t>(3)); }},
            {"experts", [](GgufMaker& m) { m.u32("llama.expert_count", 8); }},
            {"partial rotary", [](GgufMaker& m) { m.u32("llama.rope.dimension_count", 4); }},
            {"unknown scaling", [](GgufMaker& m) { m.text("llama.rope.scaling.type", "longrope"); }},
            {"unknown tensor", [](GgufMaker& m) { m.tensor("blk.0.ssm_a.weight", {1}, kF32, floats({1})); }},
            {"tensor of no block",
             [](GgufMaker& m) { m.tensor("blk.x.attn_q.weight", {1}, kF32, floats({1})); }},
            {"architecture not a text", [](GgufMaker& m) { m.u32("general.type", 7); }},
            {"rows do not fit the heads",
             [](GgufMaker& m) {
                 m.tensor("blk.1.attn_k.weight", {1, 12}, kF32, floats(std::vector<float>(12)));
             }},
            {"a vector of blocks",
             [](GgufMaker& m) { m.tensor("blk.1.attn_q.bias", {32}, kQ8_0, blocks({0})); }},
            {"rank 0 query", [](GgufMaker& m) { m.tensor("blk.1.attn_q.weight", {}, kF32, floats({1})); }}};
        for (const auto& [name, change] : changes) {
            GgufMaker maker = llamaMetadata();
            change(maker);
            QVERIFY2(!open(llamaTensors(maker)).ok(), name);
        }
        QVERIFY(!open(llamaMetadata()).ok());
        GgufMaker unknown;
        const auto result = open(unknown.text("general.architecture", "mamba"));
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::Unsupported);
    }

    void refusesMetadataOutOfRange() {
        for (const char* key :
             {"block_count", "embedding_length", "attention.head_count", "context_length"}) {
            for (const uint32_t number : {0u, 0x80000000u, 0xffffffffu}) {
                GgufMaker maker;
                maker.text("general.architecture", "llama").u32(std::string("llama.") + key, number);
                QVERIFY2(!open(llamaTensors(maker)).ok(), key);
            }
        }
    }

    void refusesEveryCutOfTheHead() {
        GgufMaker maker = llamaMetadata();
        const std::string seed = llamaTensors(maker).bytes();
        refusesEveryCut(seed, maker.head().size(), "f.gguf", useAll);
    }
    void survivesFlippedBits() {
        GgufMaker maker = llamaMetadata();
        llamaTensors(maker);
        const std::size_t head = maker.head().size();
        const std::string data = maker.bytes().substr(head);
        const TemporaryFolder folder;
        survivesBitFlips(maker.head(), 1000, "f.gguf", [&](const fs::path& path) {
            std::ifstream in(path, std::ios::binary);
            const std::string flipped((std::istreambuf_iterator<char>(in)), {});
            (void)useAll(folder.write("g.gguf", flipped + data)).ok();
        });
    }
};

LATHE_TEST(TestGgufModel)
#include "tst_gguf_model.moc"
