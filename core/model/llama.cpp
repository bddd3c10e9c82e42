// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/llama.h"

#include "core/model/config_reader.h"
#include "core/model/layers.h"
#include "core/ops/attention.h"
#include "core/ops/checkpoint.h"
#include "core/ops/rotary.h"
#include "core/ops/swiglu.h"

namespace lathe {
namespace {

/// New cache room is made this many positions at a time.
constexpr int64_t kCacheChunk = 256;

struct LlamaConfig {
    ModelShape shape;
    double normEpsilon = 1e-6, attentionDropout = 0;
    bool queryKeyValueBias = false, outBias = false, mlpBias = false, headNorms = false;
    RotarySettings rotary;
};

/// v5 keeps everything in rope_parameters; v4 in rope_theta and rope_scaling (type key "rope_type", once
/// "type").
Result<RotarySettings> readRotary(const Json& config) {
    const ConfigReader top(config);
    const bool merged = top.has("rope_parameters");
    LATHE_TRY(const Json block, top.objectOr(merged ? "rope_parameters" : "rope_scaling"));
    const ConfigReader rope(block);

    RotarySettings settings;
    LATHE_TRY(const double topBase, top.numberOr("rope_theta", 10000, 1, 1e12));
    LATHE_TRY(settings.base, rope.numberOr("rope_theta", topBase, 1, 1e12));
    LATHE_TRY(const std::string legacyType, rope.textOr("type", "default"));
    LATHE_TRY(const std::string type, rope.textOr("rope_type", legacyType));
    if (type == "default") return settings;
    LATHE_TRY(settings.factor, rope.numberOr("factor", 1, 1, 1e6));
    if (type == "linear") {
        settings.scaling = RotaryScaling::Linear;
        return settings;
    }
    if (type != "llama3") {
        return Error{ErrorCode::Unsupported, "rotary scaling \"" + type + "\" is not supported",
                     "config.json", "known: default, linear, llama3"};
    }
    settings.scaling = RotaryScaling::Llama3;
    LATHE_TRY(settings.lowFrequencyFactor, rope.numberOr("low_freq_factor", 1, 1e-3, 1e6));
    LATHE_TRY(settings.highFrequencyFactor, rope.numberOr("high_freq_factor", 4, 1e-3, 1e6));
    LATHE_TRY(settings.originalContext, rope.sizeOr("original_max_position_embeddings", 8192, kMaxContext));
    if (settings.highFrequencyFactor <= settings.lowFrequencyFactor) {
        return configError("\"high_freq_factor\" must be above \"low_freq_factor\"");
    }
    return settings;
}

void listParameters(LlamaConfig& config, HeadKind head) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    const int64_t d = shape.hidden, q = shape.heads * shape.headDim, kv = shape.kvHeads * shape.headDim;
    const auto norm = [&](const std::string& name, int block, int64_t size) {
        list.push_back({.name = name + ".weight", .shape = {size}, .block = block, .isNorm = true});
    };
    const auto linear = [&](const std::string& name, int block, int64_t out, int64_t in, bool bias) {
        list.push_back({.name = name + ".weight", .shape = {out, in}, .block = block, .isLinear = true});
        if (bias) list.push_back({.name = name + ".bias", .shape = {out}, .block = block});
    };

    list.push_back(
        {.name = "model.embed_tokens.weight", .shape = {shape.vocabulary, d}, .isEmbedding = true});
    for (int i = 0; i < shape.blocks; ++i) {
        const std::string block = "model.layers." + std::to_string(i) + ".";
        norm(block + "input_layernorm", i, d);
        linear(block + "self_attn.q_proj", i, q, d, config.queryKeyValueBias);
        linear(block + "self_attn.k_proj", i, kv, d, config.queryKeyValueBias);
        linear(block + "self_attn.v_proj", i, kv, d, config.queryKeyValueBias);
        linear(block + "self_attn.o_proj", i, d, q, config.outBias);
        if (config.headNorms) {
            for (const char* name : {"q_norm", "k_norm"}) norm(block + "self_attn." + name, i, shape.headDim);
        }
        norm(block + "post_attention_layernorm", i, d);
        linear(block + "mlp.gate_proj", i, shape.inner, d, config.mlpBias);
        linear(block + "mlp.up_proj", i, shape.inner, d, config.mlpBias);
        linear(block + "mlp.down_proj", i, d, shape.inner, config.mlpBias);
    }
    norm("model.norm", -1, d);
    if (head == HeadKind::LanguageModel && !shape.tiedHead) {
        list.push_back({.name = "lm_head.weight", .shape = {shape.vocabulary, d}, .isHead = true});
    }
    if (head == HeadKind::SequenceClassification && shape.labels > 0) {
        list.push_back({.name = "score.weight", .shape = {shape.labels, d}, .isHead = true});
    }
}

/// Up to the window a sliding window hides nothing, so the context ends there. Null, or "use_sliding_window":
/// false, is none.
Result<void> limitToWindow(const ConfigReader& reader, ModelShape& shape) {
    LATHE_TRY(const bool used, reader.flagOr("use_sliding_window", true));
    if (!used || !reader.has("sliding_window")) return {};
    LATHE_TRY(const int64_t window, reader.size("sliding_window", kMaxContext));
    shape.context = std::min(shape.context, window);
    return {};
}

Result<void> readBiases(const ConfigReader& reader, const LlamaVariant& variant, LlamaConfig& config) {
    using Bias = LlamaVariant::AttentionBias;
    if (variant.bias == Bias::FromConfig) {
        LATHE_TRY(config.queryKeyValueBias, reader.flagOr("attention_bias", false));
        config.outBias = config.queryKeyValueBias;
    }
    if (variant.bias == Bias::QueryKeyValue) config.queryKeyValueBias = true;
    LATHE_TRY(config.mlpBias, reader.flagOr("mlp_bias", false));
    return {};
}

Result<LlamaConfig> readConfig(const LlamaVariant& variant, const Json& json, HeadKind head, int64_t labels) {
    const ConfigReader reader(json);
    LlamaConfig config;
    ModelShape& shape = config.shape;
    shape.modelType = variant.modelType;
    config.headNorms = variant.headNorms;
    shape.labels = labels;
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size("hidden_size", kMaxWidth));
    LATHE_TRY(shape.inner, reader.size("intermediate_size", kMaxWidth));
    LATHE_TRY(shape.blocks, reader.size("num_hidden_layers", kMaxBlocks));
    LATHE_TRY(shape.heads, reader.size("num_attention_heads", kMaxWidth));
    LATHE_TRY(shape.kvHeads, reader.sizeOr("num_key_value_heads", shape.heads, shape.heads));
    if (!reader.has("head_dim") && shape.hidden % shape.heads != 0) {
        return configError("\"num_attention_heads\" does not divide \"hidden_size\"");
    }
    LATHE_TRY(shape.headDim, reader.sizeOr("head_dim", shape.hidden / shape.heads, 4096));
    if (shape.heads % shape.kvHeads != 0) {
        return configError("\"num_key_value_heads\" does not divide \"num_attention_heads\"");
    }
    if (shape.headDim % 2 != 0) return configError("the head size must be even for rotary positions");
    if (shape.heads * shape.headDim > kMaxWidth) return configError("heads times head size is too large");
    LATHE_TRY(shape.context, reader.sizeOr("max_position_embeddings", 2048, kMaxContext));
    LATHE_TRY(config.normEpsilon, reader.numberOr("rms_norm_eps", 1e-6, 0, 1));
    LATHE_TRY(config.attentionDropout, reader.numberOr("attention_dropout", 0, 0, 0.99));
    LATHE_TRY_VOID(limitToWindow(reader, shape));
    LATHE_TRY_VOID(readBiases(reader, variant, config));
    LATHE_TRY(const bool tied, reader.flagOr("tie_word_embeddings", false));
    LATHE_TRY(const std::string activation, reader.textOr("hidden_act", "silu"));
    if (activation != "silu" && activation != "swish") {
        return Error{ErrorCode::Unsupported,
                     "a " + variant.title + " with the activation \"" + activation + "\" is not supported",
                     "config.json", ""};
    }
    LATHE_TRY(config.rotary, readRotary(json));

    if (head == HeadKind::LanguageModel) {
        shape.className = variant.classPrefix + "ForCausalLM";
        shape.tiedHead = tied;
    } else {
        shape.className = variant.classPrefix + (labels > 0 ? "ForSequenceClassification" : "Model");
    }
    shape.defaultTargets = {"q_proj", "v_proj"};
    listParameters(config, head);
    return config;
}

/// Puts new keys or values (batch, newTime, kvHeads, headDim) behind the first `past` positions and gives the
/// used part, (batch, past + newTime, kvHeads, headDim).
at::Tensor appended(at::Tensor& store, const at::Tensor& fresh, int64_t past) {
    const int64_t needed = past + fresh.size(1);
    if (!store.defined() || store.size(2) < needed) {
        const int64_t room = (needed + kCacheChunk - 1) / kCacheChunk * kCacheChunk;
        at::Tensor larger = at::empty({fresh.size(0), fresh.size(2), room, fresh.size(3)}, fresh.options());
        if (past > 0) larger.narrow(2, 0, past).copy_(store.narrow(2, 0, past));
        store = larger;
    }
    store.narrow(2, past, fresh.size(1)).copy_(fresh.transpose(1, 2));
    return store.narrow(2, 0, needed).transpose(1, 2);
}

struct LlamaAttention : torch::nn::Module {
    explicit LlamaAttention(const LlamaConfig& config) : dropout(config.attentionDropout) {
        const ModelShape& s = config.shape;
        headDim = s.headDim;
        const int64_t q = s.heads * headDim, kv = s.kvHeads * headDim;
        queryProjection =
            register_module("q_proj", std::make_shared<Projection>(s.hidden, q, config.queryKeyValueBias));
        keyProjection =
            register_module("k_proj", std::make_shared<Projection>(s.hidden, kv, config.queryKeyValueBias));
        valueProjection =
            register_module("v_proj", std::make_shared<Projection>(s.hidden, kv, config.queryKeyValueBias));
        outProjection = register_module("o_proj", std::make_shared<Projection>(q, s.hidden, config.outBias));
        if (!config.headNorms) return;
        queryNorm = register_module("q_norm", std::make_shared<RmsNormLayer>(headDim, config.normEpsilon));
        keyNorm = register_module("k_norm", std::make_shared<RmsNormLayer>(headDim, config.normEpsilon));
    }

    /// x (batch, time, hidden); with a cache layer the keys and values of `past` positions come first.
    at::Tensor forward(const at::Tensor& x, const RotaryTables& tables, KeyValueCache::Layer* cache,
                       int64_t past) {
        const int64_t batch = x.size(0), time = x.size(1);
        at::Tensor query = queryProjection->forward(x).view({batch, time, -1, headDim});
        at::Tensor key = keyProjection->forward(x).view({batch, time, -1, headDim});
        if (queryNorm) {
            query = queryNorm->forward(query);
            key = keyNorm->forward(key);
        }
        query = rotate(query, tables);
        key = rotate(key, tables);
        at::Tensor value = valueProjection->forward(x).view({batch, time, -1, headDim});
        if (cache) {
            key = appended(cache->keys, key, past);
            value = appended(cache->values, value, past);
        }
        // Padding is on the right, so the causal rule alone hides it from every real token.
        const at::Tensor mixed =
            attention(query, key, value, AttentionKind::Causal, at::Tensor(), is_training() ? dropout : 0);
        return outProjection->forward(mixed);
    }

    int64_t headDim = 0;
    double dropout;
    std::shared_ptr<Projection> queryProjection, keyProjection, valueProjection, outProjection;
    std::shared_ptr<RmsNormLayer> queryNorm, keyNorm;  ///< null without head norms
};

struct LlamaFeedForward : torch::nn::Module {
    explicit LlamaFeedForward(const LlamaConfig& config) {
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        gate = register_module("gate_proj", std::make_shared<Projection>(d, f, config.mlpBias));
        up = register_module("up_proj", std::make_shared<Projection>(d, f, config.mlpBias));
        down = register_module("down_proj", std::make_shared<Projection>(f, d, config.mlpBias));
    }
    at::Tensor forward(const at::Tensor& x) {
        return down->forward(swiglu(gate->forward(x), up->forward(x)));
    }

    std::shared_ptr<Projection> gate, up, down;
};

struct LlamaBlock : torch::nn::Module {
    explicit LlamaBlock(const LlamaConfig& config) {
        const int64_t d = config.shape.hidden;
        inputNorm = register_module("input_layernorm", std::make_shared<RmsNormLayer>(d, config.normEpsilon));
        attention = register_module("self_attn", std::make_shared<LlamaAttention>(config));
        attentionNorm = register_module("post_attention_layernorm",
                                        std::make_shared<RmsNormLayer>(d, config.normEpsilon));
        feedForward = register_module("mlp", std::make_shared<LlamaFeedForward>(config));
    }
    at::Tensor forward(const at::Tensor& x, const RotaryTables& tables, KeyValueCache::Layer* cache,
                       int64_t past) {
        const at::Tensor h = x + attention->forward(inputNorm->forward(x), tables, cache, past);
        return h + feedForward->forward(attentionNorm->forward(h));
    }

    std::shared_ptr<RmsNormLayer> inputNorm, attentionNorm;
    std::shared_ptr<LlamaAttention> attention;
    std::shared_ptr<LlamaFeedForward> feedForward;
};

struct LlamaBody : torch::nn::Module {
    explicit LlamaBody(const LlamaConfig& config) {
        embedding = register_module(
            "embed_tokens", std::make_shared<Embedding>(config.shape.vocabulary, config.shape.hidden));
        auto layers = register_module("layers", std::make_shared<torch::nn::Module>());
        for (int64_t i = 0; i < config.shape.blocks; ++i) {
            blocks.push_back(
                layers->register_module(std::to_string(i), std::make_shared<LlamaBlock>(config)));
        }
        norm =
            register_module("norm", std::make_shared<RmsNormLayer>(config.shape.hidden, config.normEpsilon));
    }

    std::shared_ptr<Embedding> embedding;
    std::vector<std::shared_ptr<LlamaBlock>> blocks;
    std::shared_ptr<RmsNormLayer> norm;
};

class LlamaModel : public LanguageModel {
  public:
    LlamaModel(LlamaConfig config, HeadKind head)
        : m_shape(std::move(config.shape)),
          m_frequencies(inverseFrequencies(config.rotary, m_shape.headDim)) {
        config.shape = m_shape;
        m_body = register_module("model", std::make_shared<LlamaBody>(config));
        if (head == HeadKind::LanguageModel && !m_shape.tiedHead) {
            m_languageHead = register_module(
                "lm_head", std::make_shared<HeadLayer>(m_shape.hidden, m_shape.vocabulary, false));
        }
        if (head == HeadKind::SequenceClassification && m_shape.labels > 0) {
            m_score =
                register_module("score", std::make_shared<HeadLayer>(m_shape.hidden, m_shape.labels, false));
        }
        m_hasLanguageHead = head == HeadKind::LanguageModel;
    }

    const ModelShape& shape() const override { return m_shape; }

    at::Tensor hidden(const Batch& batch) override {
        const at::Tensor positions =
            batch.positions.defined() ? batch.positions : positionsFrom(0, batch.ids);
        at::Tensor x = m_body->embedding->forward(batch.ids);
        const RotaryTables tables = rotaryTables(frequenciesOn(x.device()), positions, x.scalar_type());
        for (const auto& block : m_body->blocks) {
            if (m_checkpointing && is_training()) {
                x = checkpoint(
                    [block, tables](const at::Tensor& in) { return block->forward(in, tables, nullptr, 0); },
                    x);
            } else {
                x = block->forward(x, tables, nullptr, 0);
            }
        }
        return m_body->norm->forward(x);
    }

    at::Tensor headWeight() override {
        LATHE_CHECK(m_hasLanguageHead);
        return m_languageHead ? m_languageHead->weight : m_body->embedding->weight;
    }

    at::Tensor classify(const at::Tensor& hidden, const Batch& batch) override {
        LATHE_CHECK(m_score);
        const int64_t rows = hidden.size(0), time = hidden.size(1);
        if (!batch.lengths.defined()) return m_score->forward(hidden.select(1, time - 1));
        const at::Tensor last =
            at::arange(rows, batch.lengths.options()).mul_(time).add_(batch.lengths).sub_(1);
        return m_score->forward(hidden.reshape({rows * time, -1}).index_select(0, last));
    }

    at::Tensor step(const at::Tensor& ids, KeyValueCache& cache) override {
        at::NoGradGuard noGrad;
        cache.layers.resize(m_body->blocks.size());
        at::Tensor x = m_body->embedding->forward(ids);
        const RotaryTables tables =
            rotaryTables(frequenciesOn(x.device()), positionsFrom(cache.length, ids), x.scalar_type());
        for (size_t i = 0; i < m_body->blocks.size(); ++i) {
            x = m_body->blocks[i]->forward(x, tables, &cache.layers[i], cache.length);
        }
        cache.length += ids.size(1);
        return at::linear(m_body->norm->forward(x.select(1, x.size(1) - 1)), headWeight());
    }

    void setGradientCheckpointing(bool on) override { m_checkpointing = on; }

  private:
    /// (1, time): the same for all rows.
    static at::Tensor positionsFrom(int64_t start, const at::Tensor& ids) {
        return at::arange(start, start + ids.size(1), ids.options()).unsqueeze(0);
    }

    /// Stays float32 whatever type the parameters have, so it is no buffer; copied once to a new device.
    const at::Tensor& frequenciesOn(const at::Device& device) {
        if (m_frequencies.device() != device) m_frequencies = m_frequencies.to(device);
        return m_frequencies;
    }

    ModelShape m_shape;
    at::Tensor m_frequencies;
    std::shared_ptr<LlamaBody> m_body;
    std::shared_ptr<HeadLayer> m_languageHead, m_score;
    bool m_hasLanguageHead = false;
    bool m_checkpointing = false;
};

}  // namespace

Architecture llamaFamily(const LlamaVariant& variant) {
    return {
        variant.modelType,
        variant.title,
        variant.help,
        {"instruction", "language_modeling", "classification"},
        [variant](const Json& json, HeadKind head, int64_t labels) -> Result<ModelShape> {
            LATHE_TRY(LlamaConfig config, readConfig(variant, json, head, labels));
            return std::move(config.shape);
        },
        [variant](const Json& json, HeadKind head, int64_t labels) -> std::shared_ptr<LanguageModel> {
            auto config = readConfig(variant, json, head, labels);
            LATHE_CHECK(config.ok());
            return std::make_shared<LlamaModel>(std::move(config).value(), head);
        },
    };
}

const Architecture& llamaArchitecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "llama",
        .classPrefix = "Llama",
        .title = "Llama",
        .help = "Decoder that writes text: Llama, SmolLM2, TinyLlama and others of that layout.",
    });
    return architecture;
}

}  // namespace lathe
