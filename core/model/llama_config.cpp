// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/llama_config.h"

#include <cmath>

#include "core/model/parts/config_reader.h"
#include "core/model/parts/rotary_config.h"

namespace lathe {
namespace {

void listBlock(const LlamaConfig& config, int i, std::vector<ParameterShape>& list) {
    const ModelShape& shape = config.shape;
    const LlamaVariant& variant = config.variant;
    const int64_t d = shape.hidden, q = shape.heads * shape.headDim, kv = shape.kvHeads * shape.headDim;
    const std::string block = "model.layers." + std::to_string(i) + ".";
    const auto norm = [&](const char* name, int64_t size) {
        list.push_back({.name = block + name + ".weight", .shape = {size}, .block = i, .isNorm = true});
    };
    const auto linear = [&](const char* name, int64_t out, int64_t in, bool bias) {
        list.push_back({.name = block + name + ".weight", .shape = {out, in}, .block = i, .isLinear = true});
        if (bias) list.push_back({.name = block + name + ".bias", .shape = {out}, .block = i});
    };

    norm("input_layernorm", d);
    if (variant.fusedProjections) {
        linear("self_attn.qkv_proj", q + 2 * kv, d, config.queryKeyValueBias);
    } else {
        linear("self_attn.q_proj", q, d, config.queryKeyValueBias);
        linear("self_attn.k_proj", kv, d, config.queryKeyValueBias);
        linear("self_attn.v_proj", kv, d, config.queryKeyValueBias);
    }
    linear("self_attn.o_proj", d, q, config.outBias);
    if (variant.headNorms) {
        for (const char* name : {"self_attn.q_norm", "self_attn.k_norm"}) norm(name, shape.headDim);
    }
    norm("post_attention_layernorm", d);
    if (variant.outputNorms) norm("pre_feedforward_layernorm", d);
    if (variant.fusedProjections) {
        linear("mlp.gate_up_proj", 2 * shape.inner, d, config.mlpBias);
    } else {
        linear("mlp.gate_proj", shape.inner, d, config.mlpBias);
        linear("mlp.up_proj", shape.inner, d, config.mlpBias);
    }
    linear("mlp.down_proj", d, shape.inner, config.mlpBias);
    if (variant.outputNorms) norm("post_feedforward_layernorm", d);
}

void listParameters(LlamaConfig& config) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    list.push_back({.name = "model.embed_tokens.weight",
                    .shape = {shape.vocabulary, shape.hidden},
                    .isEmbedding = true});
    for (int i = 0; i < shape.blocks; ++i) {
        listBlock(config, i, list);
        listJoins(shape, "model.layers." + std::to_string(i) + ".", i);
    }
    list.push_back({.name = "model.norm.weight", .shape = {shape.hidden}, .isNorm = true});
    listDecoderHead(shape, config.head);
}

/// Which blocks have a window: "layer_types" says it, or the family's habit. No "sliding_window", null, or
/// "use_sliding_window": false (Qwen) is none.
Result<void> readWindow(const ConfigView& reader, LlamaConfig& config) {
    using Window = LlamaVariant::Window;
    const Window kind = config.variant.window;
    const auto blocks = static_cast<size_t>(config.shape.blocks);
    config.slides.assign(blocks, false);
    if (kind == Window::None) return {};
    bool used = true;
    int64_t firstSliding = 0;
    if (kind == Window::Switched) {
        LATHE_TRY(used, reader.flagOr("use_sliding_window", false));
        LATHE_TRY(firstSliding, reader.sizeOr("max_window_layers", 28, kMaxBlocks, 0));
    }
    LATHE_TRY(const int64_t pattern,
              reader.sizeOr("_sliding_window_pattern", config.variant.fullEvery, kMaxBlocks, 0));
    LATHE_TRY(const int64_t fullEvery, reader.sizeOr("sliding_window_pattern", pattern, kMaxBlocks, 0));
    const OrderedJson* types = reader.find("layer_types");
    if (types && (!types->is_array() || types->size() != blocks))
        return configError("\"layer_types\" must be a list with an entry for each layer");
    if (!reader.has("sliding_window") || !used) return {};
    LATHE_TRY(config.window, reader.size("sliding_window", kMaxContext));
    if (types) {
        for (size_t i = 0; i < blocks; ++i) config.slides[i] = (*types)[i] == "sliding_attention";
        return {};
    }
    for (size_t i = 0; i < blocks; ++i) {
        const bool full = fullEvery > 0 && (int64_t(i) + 1) % fullEvery == 0;
        config.slides[i] = int64_t(i) >= firstSliding && !full;
    }
    return {};
}

Result<void> readBiases(const ConfigView& reader, LlamaConfig& config) {
    using Bias = LlamaVariant::AttentionBias;
    if (config.variant.bias == Bias::FromConfig) {
        LATHE_TRY(config.queryKeyValueBias, reader.flagOr("attention_bias", false));
        config.outBias = config.queryKeyValueBias;
    }
    if (config.variant.bias == Bias::QueryKeyValue) config.queryKeyValueBias = true;
    if (config.variant.modelType == "llama") {
        LATHE_TRY(config.mlpBias, reader.flagOr("mlp_bias", false));
    }
    return {};
}

Result<void> readSizes(const ConfigView& reader, ModelShape& shape) {
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size("hidden_size", kMaxWidth));
    LATHE_TRY(shape.inner, reader.size("intermediate_size", kMaxWidth));
    LATHE_TRY(shape.blocks, reader.size("num_hidden_layers", kMaxBlocks));
    LATHE_TRY(shape.heads, reader.size("num_attention_heads", kMaxWidth));
    LATHE_TRY(shape.kvHeads, reader.sizeOr("num_key_value_heads", shape.heads, shape.heads));
    if (!reader.has("head_dim") && shape.hidden % shape.heads != 0)
        return configError("\"num_attention_heads\" does not divide \"hidden_size\"");
    LATHE_TRY(shape.headDim, reader.sizeOr("head_dim", shape.hidden / shape.heads, 4096));
    if (shape.heads % shape.kvHeads != 0)
        return configError("\"num_key_value_heads\" does not divide \"num_attention_heads\"");
    if (shape.headDim % 2 != 0) return configError("the head size must be even for rotary positions");
    if (shape.heads * shape.headDim > kMaxWidth) return configError("heads times head size is too large");
    LATHE_TRY(shape.context, reader.sizeOr("max_position_embeddings", 2048, kMaxContext));
    return {};
}

Result<void> readActivation(const ConfigView& reader, LlamaConfig& config) {
    const bool gemma = config.variant.gemma;
    LATHE_TRY(const std::string usual, reader.textOr("hidden_act", gemma ? "gelu_pytorch_tanh" : "silu"));
    LATHE_TRY(config.activation, gemma ? reader.textOr("hidden_activation", usual) : Result(usual));
    // Gemma's first files say "gelu" and mean the approximation.
    if (gemma && config.activation == "gelu") config.activation = "gelu_pytorch_tanh";
    LATHE_TRY([[maybe_unused]] const Activation known, activationNamed(config.activation));
    return {};
}

Result<void> readScaling(const ConfigView& reader, const Json& json, LlamaConfig& config) {
    const LlamaVariant& variant = config.variant;
    const ModelShape& shape = config.shape;
    if (variant.gemma) config.embeddingScale = std::sqrt(double(shape.hidden));
    if (variant.outputNorms) {
        LATHE_TRY(const double scalar, reader.numberOr("query_pre_attn_scalar", 256, 1e-6, 1e9));
        if (reader.has("query_pre_attn_scalar")) config.scoreScale = 1 / std::sqrt(scalar);
        // Null is none; only a file without the key leaves it to the family.
        const auto softCap = [&](const char* key, double usual) {
            return reader.numberOr(key, json.contains(key) ? 0 : usual, 0, 1e6);
        };
        LATHE_TRY(config.scoreSoftCap, softCap("attn_logit_softcapping", variant.scoreSoftCap));
        LATHE_TRY(config.head.logitSoftCap, softCap("final_logit_softcapping", variant.logitSoftCap));
    }
    LATHE_TRY(config.rotary,
              readRotary(reader, shape.headDim, shape.context, "full_attention", variant.base));
    if (!variant.partialRotary) LATHE_TRY_VOID(checkWholeHeads(config.rotary));
    // With dynamic scaling the file states the context without the stretch.
    if (config.rotary.scaling == RotaryScaling::Dynamic) {
        const double stretched = double(shape.context) * std::max(1.0, config.rotary.factor);
        config.shape.context = static_cast<int64_t>(std::min(stretched, double(kMaxContext)));
    }
    config.localRotary = config.rotary;
    if (variant.localBase == 0) return {};
    // What stretches the full blocks is not said of the others.
    LATHE_TRY(const double localBase, reader.numberOr("rope_local_base_freq", variant.localBase, 1, 1e12));
    Json local = Json::object();
    if (reader.has("rope_parameters")) local["rope_parameters"] = json.at("rope_parameters");
    LATHE_TRY(config.localRotary,
              readRotary(modelConfig(local), shape.headDim, shape.context, "sliding_attention", localBase));
    return {};
}

}  // namespace

Result<LlamaConfig> readLlamaConfig(const LlamaVariant& variant, const Json& json, const HeadChoice& head) {
    const ConfigView reader = modelConfig(json);
    LlamaConfig config;
    config.variant = variant;
    ModelShape& shape = config.shape;
    shape.modelType = variant.modelType;
    shape.head = head.kind;
    shape.labels = head.labels;
    LATHE_TRY_VOID(readSizes(reader, shape));
    LATHE_TRY(config.normEpsilon, reader.numberOr("rms_norm_eps", 1e-6, 0, 1));
    LATHE_TRY(config.attentionDropout, reader.numberOr("attention_dropout", 0, 0, 0.99));
    if (variant.fusedProjections) {
        LATHE_TRY(config.residualDropout, reader.numberOr("resid_pdrop", 0, 0, 0.99));
    }
    LATHE_TRY_VOID(readWindow(reader, config));
    LATHE_TRY_VOID(readBiases(reader, config));
    LATHE_TRY_VOID(readActivation(reader, config));
    LATHE_TRY_VOID(readScaling(reader, json, config));
    LATHE_TRY(const bool tied, reader.flagOr("tie_word_embeddings", variant.gemma));
    LATHE_TRY(const bool bothWays, reader.flagOr("use_bidirectional_attention", false));
    if (bothWays)
        return Error{ErrorCode::Unsupported, "attention in both directions is not supported for a decoder",
                     "config.json", ""};

    LATHE_TRY(config.head.classifierDropout, reader.numberOr("classifier_dropout", 0.1, 0, 0.99));
    const bool writes = head.kind == HeadKind::LanguageModel;
    shape.tiedHead = writes && tied;
    const bool ownPrefix = !writes && !variant.bodyPrefix.empty();
    shape.className = (ownPrefix ? variant.bodyPrefix : variant.classPrefix) + classSuffix(head.kind);
    shape.defaultTargets = variant.fusedProjections ? std::vector<std::string>{"qkv_proj"}
                                                    : std::vector<std::string>{"q_proj", "v_proj"};
    LATHE_TRY_VOID(refuseUnknownKeys(
        reader, {{"is_decoder", "max_sequence_length", "original_max_position_embeddings", "rope_theta"},
                 {{"embd_pdrop", 0.0}}}));
    listParameters(config);
    return config;
}

}  // namespace lathe
