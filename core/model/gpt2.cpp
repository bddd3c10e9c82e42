// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gpt2.h"

#include <cmath>

#include "core/model/decoder_stack.h"
#include "core/model/parts/config_reader.h"
#include "core/ops/attention.h"

namespace lathe {
namespace {

constexpr auto kConv1D = Projection::Storage::InOut;

struct Gpt2Config {
    ModelShape shape;
    double normEpsilon = 1e-5, embeddingDropout = 0.1, attentionDropout = 0.1, residualDropout = 0.1;
    bool scalesScores = true, scalesByBlock = false;
    std::string activation;
    DecoderHead head{.tagger = "classifier"};
};

void listParameters(Gpt2Config& config) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    const int64_t d = shape.hidden;
    const auto norm = [&](const std::string& name, int block) {
        for (const char* part : {".weight", ".bias"})
            list.push_back({.name = name + part, .shape = {d}, .block = block, .isNorm = true});
    };
    const auto linear = [&](const std::string& name, int block, int64_t in, int64_t out) {
        list.push_back({.name = name + ".weight",
                        .shape = {in, out},
                        .block = block,
                        .isLinear = true,
                        .isTransposed = true});
        list.push_back({.name = name + ".bias", .shape = {out}, .block = block});
    };
    list.push_back({.name = "transformer.wte.weight", .shape = {shape.vocabulary, d}, .isEmbedding = true});
    list.push_back({.name = "transformer.wpe.weight", .shape = {shape.context, d}, .isEmbedding = true});
    for (int i = 0; i < shape.blocks; ++i) {
        const std::string block = "transformer.h." + std::to_string(i) + ".";
        norm(block + "ln_1", i);
        linear(block + "attn.c_attn", i, d, 3 * d);
        linear(block + "attn.c_proj", i, d, d);
        norm(block + "ln_2", i);
        linear(block + "mlp.c_fc", i, d, shape.inner);
        linear(block + "mlp.c_proj", i, shape.inner, d);
        listJoins(shape, block, i);
    }
    norm("transformer.ln_f", -1);
    listDecoderHead(shape, config.head);
}

Result<void> readSizes(const ConfigView& reader, ModelShape& shape) {
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size("n_embd", kMaxWidth / 4));
    LATHE_TRY(shape.inner, reader.sizeOr("n_inner", 4 * shape.hidden, kMaxWidth));
    LATHE_TRY(shape.blocks, reader.size("n_layer", kMaxBlocks));
    LATHE_TRY(shape.heads, reader.size("n_head", shape.hidden));
    if (shape.hidden % shape.heads != 0) return configError("\"n_head\" does not divide \"n_embd\"");
    shape.kvHeads = shape.heads;
    shape.headDim = shape.hidden / shape.heads;
    LATHE_TRY(shape.context, reader.sizeOr("n_positions", 1024, kMaxWidth));
    return {};
}

Result<Gpt2Config> readConfig(const Json& json, const HeadChoice& head) {
    const ConfigView reader = modelConfig(json);
    Gpt2Config config;
    ModelShape& shape = config.shape;
    shape.modelType = "gpt2";
    shape.head = head.kind;
    shape.labels = head.labels;
    LATHE_TRY_VOID(readSizes(reader, shape));
    LATHE_TRY(config.normEpsilon, reader.numberOr("layer_norm_epsilon", 1e-5, 0, 1));
    LATHE_TRY(config.embeddingDropout, reader.numberOr("embd_pdrop", 0.1, 0, 0.99));
    LATHE_TRY(config.attentionDropout, reader.numberOr("attn_pdrop", 0.1, 0, 0.99));
    LATHE_TRY(config.residualDropout, reader.numberOr("resid_pdrop", 0.1, 0, 0.99));
    LATHE_TRY(config.scalesScores, reader.flagOr("scale_attn_weights", true));
    LATHE_TRY(config.scalesByBlock, reader.flagOr("scale_attn_by_inverse_layer_idx", false));
    LATHE_TRY(config.activation, reader.textOr("activation_function", "gelu_new"));
    LATHE_TRY([[maybe_unused]] const Activation known, activationNamed(config.activation));
    LATHE_TRY(const bool crosses, reader.flagOr("add_cross_attention", false));
    if (crosses)
        return Error{ErrorCode::Unsupported, "a GPT-2 with cross-attention is not supported", "config.json",
                     ""};
    LATHE_TRY(const bool tied, reader.flagOr("tie_word_embeddings", true));
    LATHE_TRY(config.head.classifierDropout, reader.numberOr("classifier_dropout", 0.1, 0, 0.99));
    const bool writes = head.kind == HeadKind::LanguageModel;
    shape.tiedHead = writes && tied;
    shape.className = std::string("GPT2") + (writes ? "LMHeadModel" : classSuffix(head.kind));
    shape.defaultTargets = {"c_attn"};
    LATHE_TRY_VOID(refuseUnknownKeys(
        reader, {{"is_decoder", "n_ctx", "reorder_and_upcast_attn", "summary_activation",
                  "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj"},
                 {}}));
    listParameters(config);
    return config;
}

struct Gpt2Attention : torch::nn::Module {
    Gpt2Attention(const Gpt2Config& config, int64_t index)
        : headDim(config.shape.headDim), attentionDropout(config.attentionDropout) {
        const int64_t d = config.shape.hidden;
        qkv = register_module("c_attn", std::make_shared<Projection>(d, 3 * d, true, kConv1D));
        out = register_module("c_proj", std::make_shared<Projection>(d, d, true, kConv1D));
        settings.kind = AttentionKind::Causal;
        settings.scale = (config.scalesScores ? 1 / std::sqrt(double(headDim)) : 1) /
                         (config.scalesByBlock ? double(index + 1) : 1);
    }

    at::Tensor forward(const at::Tensor& x, const DecoderPass& pass, KeyValueCache::Layer* cache) {
        const auto parts = qkv->forward(x).view({x.size(0), x.size(1), 3, -1, headDim}).unbind(2);
        at::Tensor key = parts[1], value = parts[2];
        pass.complete(key, value, cache);
        settings.dropout = is_training() ? attentionDropout : 0;
        pass.limit(settings, 0);
        return out->forward(attention(parts[0], key, value, settings));
    }

    int64_t headDim;
    double attentionDropout;
    AttentionSettings settings;
    std::shared_ptr<Projection> qkv, out;
};

struct Gpt2FeedForward : torch::nn::Module {
    explicit Gpt2FeedForward(const Gpt2Config& config)
        : activation(activationNamed(config.activation).value()) {
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        inner = register_module("c_fc", std::make_shared<Projection>(d, f, true, kConv1D));
        out = register_module("c_proj", std::make_shared<Projection>(f, d, true, kConv1D));
    }
    at::Tensor forward(const at::Tensor& x) { return out->forward(activation(inner->forward(x))); }

    Activation activation;
    std::shared_ptr<Projection> inner, out;
};

struct Gpt2Block : DecoderBlock {
    Gpt2Block(const Gpt2Config& config, int64_t index) : dropout(config.residualDropout) {
        const int64_t d = config.shape.hidden;
        attentionNorm = register_module("ln_1", std::make_shared<LayerNormLayer>(d, config.normEpsilon));
        attention = register_module("attn", std::make_shared<Gpt2Attention>(config, index));
        feedForwardNorm = register_module("ln_2", std::make_shared<LayerNormLayer>(d, config.normEpsilon));
        feedForward = register_module("mlp", std::make_shared<Gpt2FeedForward>(config));
        attentionJoin = addJoin(*this, kAttentionJoin);
        feedForwardJoin = addJoin(*this, kFeedForwardJoin);
    }

    at::Tensor forward(const at::Tensor& x, const DecoderPass& pass, KeyValueCache::Layer* cache) override {
        const at::Tensor mixed = attention->forward(attentionNorm->forward(x), pass, cache);
        const at::Tensor h = attentionJoin->forward(dropoutWhen(is_training(), mixed, dropout), x);
        const at::Tensor y = feedForward->forward(feedForwardNorm->forward(h));
        return feedForwardJoin->forward(dropoutWhen(is_training(), y, dropout), h);
    }

    double dropout;
    std::shared_ptr<LayerNormLayer> attentionNorm, feedForwardNorm;
    std::shared_ptr<Gpt2Attention> attention;
    std::shared_ptr<Gpt2FeedForward> feedForward;
    std::shared_ptr<ResidualJoin> attentionJoin, feedForwardJoin;
};

class Gpt2Model : public DecoderModel {
  public:
    explicit Gpt2Model(const Gpt2Config& config)
        : DecoderModel(config.shape), m_dropout(config.embeddingDropout) {
        const ModelShape& shape = config.shape;
        auto body = register_module("transformer", std::make_shared<torch::nn::Module>());
        m_words = body->register_module("wte", std::make_shared<Embedding>(shape.vocabulary, shape.hidden));
        m_positions = body->register_module("wpe", std::make_shared<Embedding>(shape.context, shape.hidden));
        auto blocks = body->register_module("h", std::make_shared<torch::nn::Module>());
        for (int64_t i = 0; i < shape.blocks; ++i)
            m_blocks.push_back(
                blocks->register_module(std::to_string(i), std::make_shared<Gpt2Block>(config, i)));
        m_norm =
            body->register_module("ln_f", std::make_shared<LayerNormLayer>(shape.hidden, config.normEpsilon));
        registerHead(config.head);
    }

    const at::Tensor& wordEmbeddings() const override { return m_words->weight; }

  protected:
    at::Tensor embed(const at::Tensor& ids) override { return m_words->forward(ids); }
    at::Tensor entered(const at::Tensor& words, const at::Tensor& positions) override {
        return dropoutWhen(is_training(), words + m_positions->forward(positions), m_dropout);
    }
    std::vector<RotaryTables> rotations(const at::Tensor&, int64_t, at::ScalarType) override { return {}; }
    at::Tensor lastNorm(const at::Tensor& x) override { return m_norm->forward(x); }

  private:
    double m_dropout;
    std::shared_ptr<Embedding> m_words, m_positions;
    std::shared_ptr<LayerNormLayer> m_norm;
};

}  // namespace

const Architecture& gpt2Architecture() {
    static const Architecture architecture = architectureOf<Gpt2Model>(
        "gpt2", "GPT-2", "Decoder that writes text: GPT-2 and others of that layout, such as DistilGPT-2.",
        decoderHeads(), readConfig);
    return architecture;
}

}  // namespace lathe
