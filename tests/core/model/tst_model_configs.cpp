// SPDX-License-Identifier: GPL-3.0-or-later
// What config.json may hold: keys that change what a model computes are used or refused by name.
#include "core/catalog/catalog.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

Json configOf(const std::string& type) {
    Json config = smallLlamaConfig();
    if (type == "bert" || type == "roberta") config = smallBertConfig();
    if (type == "gpt2")
        config = {{"vocab_size", 23}, {"n_embd", 8}, {"n_layer", 2}, {"n_head", 2}, {"n_positions", 16}};
    if (type == "t5")
        config = {{"vocab_size", 23}, {"d_model", 8}, {"d_ff", 12}, {"num_layers", 2}, {"num_heads", 2}};
    if (type == "distilbert")
        config = {{"vocab_size", 23}, {"dim", 8}, {"hidden_dim", 12}, {"n_layers", 2}, {"n_heads", 2}};
    if (type == "modernbert")
        config = {{"vocab_size", 23},
                  {"hidden_size", 8},
                  {"intermediate_size", 12},
                  {"num_hidden_layers", 2},
                  {"num_attention_heads", 2}};
    config["model_type"] = type;
    return config;
}

Result<ModelShape> shapeOf(const std::string& type, const Json& changes = Json::object()) {
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    Json config = configOf(type);
    config.update(changes);
    return architecture->shape(config, {architecture->heads.front(), 0});
}

}  // namespace

class TestModelConfigs : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void bookkeepingIsPassedOver() {
        const Json books{{"architectures", {"AModel"}},
                         {"torch_dtype", "bfloat16"},
                         {"dtype", "float32"},
                         {"_name_or_path", "x"},
                         {"transformers_version", "5.0.0"},
                         {"use_cache", true},
                         {"id2label", {{"0", "a"}}},
                         {"label2id", {{"a", 0}}},
                         {"eos_token_id", {1, 2}},
                         {"task_specific_params", {{"a", 1}}},
                         {"temperature", 0.5},
                         {"initializer_range", 0.02},
                         {"pruned_heads", Json::object()},
                         {"add_cross_attention", false}};
        for (const Architecture& architecture : architectures()) {
            LATHE_VERIFY_OK(shapeOf(architecture.name));
            LATHE_VERIFY_OK(shapeOf(architecture.name, books));
        }
    }
    void idsOfTokensAreNumbers() {
        for (const Json& id : {Json("</s>"), Json(true), Json(2.5), Json::object(), Json::array({1, "2"})})
            for (const char* key : {"eos_token_id", "pad_token_id", "decoder_start_token_id"}) {
                const auto shape = shapeOf("llama", {{key, id}});
                QVERIFY2(!shape.ok(), dumpJson(id).c_str());
                QVERIFY(shape.error().message.find(key) != std::string::npos);
            }
        for (const Json& id : {Json(2), Json(-1), Json(), Json::array({1, 2})})
            LATHE_VERIFY_OK(shapeOf("llama", {{"eos_token_id", id}}));
    }
    void whatAnArchitectureDoesNotKnowIsRefused() {
        const Json asked[] = {{{"attention_multiplier", 0.0156}},
                              {{"logits_scaling", 8.0}},
                              {{"num_local_experts", 8}},
                              {{"clip_qkv", 8.0}},
                              {{"use_qk_norm", true}},
                              {{"use_mrope", true}},
                              {{"pruned_heads", {{"1", {0}}}}},
                              {{"vision_config", {{"a", 1}}}}};
        for (const Architecture& architecture : architectures())
            for (const Json& change : asked) {
                const auto shape = shapeOf(architecture.name, change);
                QVERIFY2(!shape.ok(), architecture.name.c_str());
                QCOMPARE(shape.error().code, ErrorCode::Unsupported);
                QVERIFY2(shape.error().message.find(change.begin().key()) != std::string::npos,
                         shape.error().message.c_str());
            }
    }
    void whatOneFamilyUsesAnotherRefuses() {
        const std::tuple<const char*, const char*, Json, bool> cases[] = {
            {"gemma2", "attn_logit_softcapping", 50.0, true},
            {"llama", "attn_logit_softcapping", 50.0, false},
            {"gemma2", "query_pre_attn_scalar", 16, true},
            {"qwen2", "query_pre_attn_scalar", 16, false},
            {"mistral", "sliding_window", 8, true},
            {"llama", "sliding_window", 8, false},
            {"qwen2", "use_sliding_window", true, true},
            {"mistral", "use_sliding_window", true, false},
            {"llama", "attention_bias", true, true},
            {"mistral", "attention_bias", true, false},
            {"llama", "mlp_bias", true, true},
            {"qwen3", "mlp_bias", true, false},
            {"phi3", "resid_pdrop", 0.1, true},
            {"llama", "resid_pdrop", 0.1, false},
            {"phi3", "embd_pdrop", 0.0, true},
            {"phi3", "embd_pdrop", 0.1, false},
            {"phi3", "partial_rotary_factor", 0.5, true},
            {"llama", "partial_rotary_factor", 0.5, false},
            {"gemma3_text", "partial_rotary_factor", 0.5, false},
            {"modernbert", "partial_rotary_factor", 0.5, false},
            {"gpt2", "scale_attn_weights", false, true},
            {"bert", "is_encoder_decoder", true, false},
            {"t5", "is_encoder_decoder", true, true},
            {"modernbert", "position_embedding_type", "absolute", true},
            {"modernbert", "position_embedding_type", "relative_key", false},
            {"llama", "rope_scaling", {{"rope_type", "linear"}, {"factor", 2.0}}, true},
            {"llama",
             "rope_scaling",
             {{"rope_type", "linear"}, {"factor", 2.0}, {"mrope_section", {2, 2}}},
             false},
            {"llama", "rope_scaling", {{"rope_type", "ntk"}, {"factor", 2.0}}, false}};
        for (const auto& [type, key, value, used] : cases) {
            const auto shape = shapeOf(type, {{key, value}});
            QVERIFY2(shape.ok() == used, (std::string(type) + ": " + key).c_str());
            // Null is nothing, everywhere.
            LATHE_VERIFY_OK(shapeOf(type, {{key, nullptr}}));
        }
    }
};

LATHE_TEST(TestModelConfigs)
#include "tst_model_configs.moc"
