// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/modernbert.h"

#include "core/model/parts/config_reader.h"
#include "core/model/parts/layers.h"
#include "core/model/parts/rotary_config.h"
#include "core/ops/attention.h"

namespace lathe {
namespace {

struct ModernBertConfig {
    ModelShape shape;
    double normEpsilon = 1e-5;
    double embeddingDropout = 0, attentionDropout = 0, innerDropout = 0, classifierDropout = 0;
    bool normBias = false, attentionBias = false, innerBias = false, headBias = false, poolsMean = false;
    bool decoderBias = true;
    int64_t window = 65;       ///< of the sliding blocks: a token sees those less than this far away
    std::vector<bool> slides;  ///< one a block
    RotarySettings fullRotary, slidingRotary;
    std::string activation, headActivation;
};

void listParameters(ModernBertConfig& config) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    const int64_t d = shape.hidden;
    const auto norm = [&](const std::string& name, int block) {
        list.push_back({.name = name + ".weight", .shape = {d}, .block = block, .isNorm = true});
        if (config.normBias)
            list.push_back({.name = name + ".bias", .shape = {d}, .block = block, .isNorm = true});
    };
    const auto linear = [&](const std::string& name, int block, int64_t out, int64_t in, bool bias) {
        list.push_back({.name = name + ".weight", .shape = {out, in}, .block = block, .isLinear = true});
        if (bias) list.push_back({.name = name + ".bias", .shape = {out}, .block = block});
    };
    list.push_back({.name = "model.embeddings.tok_embeddings.weight",
                    .shape = {shape.vocabulary, d},
                    .isEmbedding = true});
    norm("model.embeddings.norm", -1);
    for (int i = 0; i < shape.blocks; ++i) {
        const std::string block = "model.layers." + std::to_string(i) + ".";
        if (i > 0) norm(block + "attn_norm", i);
        linear(block + "attn.Wqkv", i, 3 * d, d, config.attentionBias);
        linear(block + "attn.Wo", i, d, d, config.attentionBias);
        norm(block + "mlp_norm", i);
        linear(block + "mlp.Wi", i, 2 * shape.inner, d, config.innerBias);
        linear(block + "mlp.Wo", i, d, shape.inner, config.innerBias);
        listJoins(shape, block, i);
    }
    norm("model.final_norm", -1);
    if (shape.head == HeadKind::Body) return;
    // The base brings these: they were trained with it to fill in words.
    linear("head.dense", -1, d, d, config.headBias);
    norm("head.norm", -1);
    if (shape.head == HeadKind::MaskedLanguageModel) {
        if (config.decoderBias) list.push_back({.name = "decoder.bias", .shape = {shape.vocabulary}});
        return;
    }
    list.push_back({.name = "classifier.weight", .shape = {shape.labels, d}, .isHead = true});
    list.push_back({.name = "classifier.bias", .shape = {shape.labels}, .isHead = true});
}

Result<void> readSizes(const ConfigView& reader, ModelShape& shape) {
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size("hidden_size", kMaxWidth / 4));
    LATHE_TRY(shape.inner, reader.size("intermediate_size", kMaxWidth / 2));
    LATHE_TRY(shape.blocks, reader.size("num_hidden_layers", kMaxBlocks));
    LATHE_TRY(shape.heads, reader.size("num_attention_heads", shape.hidden));
    if (shape.hidden % shape.heads != 0)
        return configError("\"num_attention_heads\" does not divide \"hidden_size\"");
    shape.kvHeads = shape.heads;
    shape.headDim = shape.hidden / shape.heads;
    if (shape.headDim % 2 != 0) return configError("the head size must be even for rotary positions");
    LATHE_TRY(shape.context, reader.sizeOr("max_position_embeddings", 8192, kMaxContext));
    return {};
}

Result<void> readRates(const ConfigView& reader, ModernBertConfig& config) {
    LATHE_TRY(config.normEpsilon, reader.numberOr("norm_eps", 1e-5, 0, 1));
    LATHE_TRY(config.embeddingDropout, reader.numberOr("embedding_dropout", 0, 0, 0.99));
    LATHE_TRY(config.attentionDropout, reader.numberOr("attention_dropout", 0, 0, 0.99));
    LATHE_TRY(config.innerDropout, reader.numberOr("mlp_dropout", 0, 0, 0.99));
    LATHE_TRY(config.classifierDropout, reader.numberOr("classifier_dropout", 0, 0, 0.99));
    LATHE_TRY(config.normBias, reader.flagOr("norm_bias", false));
    LATHE_TRY(config.attentionBias, reader.flagOr("attention_bias", false));
    LATHE_TRY(config.innerBias, reader.flagOr("mlp_bias", false));
    LATHE_TRY(config.headBias, reader.flagOr("classifier_bias", false));
    LATHE_TRY(config.decoderBias, reader.flagOr("decoder_bias", true));
    LATHE_TRY(config.activation, reader.textOr("hidden_activation", "gelu"));
    LATHE_TRY(config.headActivation, reader.textOr("classifier_activation", "gelu"));
    LATHE_TRY([[maybe_unused]] const Activation inner, activationNamed(config.activation));
    LATHE_TRY([[maybe_unused]] const Activation head, activationNamed(config.headActivation));
    LATHE_TRY(const std::string pooling, reader.textOr("classifier_pooling", "cls"));
    if (pooling != "cls" && pooling != "mean")
        return configError("\"classifier_pooling\" must be \"cls\" or \"mean\"");
    config.poolsMean = pooling == "mean";
    return {};
}

/// "layer_types", or every so-many-th block from the first sees everything.
Result<void> readWindow(const ConfigView& reader, ModernBertConfig& config) {
    const auto blocks = static_cast<size_t>(config.shape.blocks);
    LATHE_TRY(const int64_t local, reader.sizeOr("local_attention", 128, kMaxContext));
    config.window = local / 2 + 1;
    config.slides.assign(blocks, false);
    LATHE_TRY(const int64_t fullEvery, reader.sizeOr("global_attn_every_n_layers", 3, kMaxBlocks));
    const OrderedJson* types = reader.find("layer_types");
    if (types && (!types->is_array() || types->size() != blocks))
        return configError("\"layer_types\" must be a list with an entry for each layer");
    for (size_t i = 0; i < blocks; ++i)
        config.slides[i] = types ? (*types)[i] == "sliding_attention" : int64_t(i) % fullEvery != 0;
    const int64_t headDim = config.shape.headDim, context = config.shape.context;
    LATHE_TRY(const double fullBase, reader.numberOr("global_rope_theta", 160000, 1, 1e12));
    LATHE_TRY(const double slidingBase, reader.numberOr("local_rope_theta", 10000, 1, 1e12));
    LATHE_TRY(config.fullRotary, readRotary(reader, headDim, context, "full_attention", fullBase));
    LATHE_TRY(config.slidingRotary, readRotary(reader, headDim, context, "sliding_attention", slidingBase));
    LATHE_TRY_VOID(checkWholeHeads(config.fullRotary));
    LATHE_TRY_VOID(checkWholeHeads(config.slidingRotary));
    return {};
}

Result<ModernBertConfig> readConfig(const Json& json, const HeadChoice& head) {
    const ConfigView reader = modelConfig(json);
    ModernBertConfig config;
    ModelShape& shape = config.shape;
    shape.modelType = "modernbert";
    shape.className = std::string("ModernBert") + classSuffix(head.kind);
    shape.head = head.kind;
    shape.labels = head.labels;
    shape.tiedHead = head.kind == HeadKind::MaskedLanguageModel;
    LATHE_TRY(const bool tied, reader.flagOr("tie_word_embeddings", true));
    if (shape.tiedHead && !tied)
        return Error{ErrorCode::Unsupported,
                     "a head for masked words that is not tied to the embeddings is not supported",
                     "config.json", ""};
    shape.defaultTargets = {"Wqkv"};
    LATHE_TRY_VOID(readSizes(reader, shape));
    LATHE_TRY_VOID(readRates(reader, config));
    LATHE_TRY_VOID(readWindow(reader, config));
    LATHE_TRY_VOID(refuseUnknownKeys(
        reader,
        {{"deterministic_flash_attn", "initializer_cutoff_factor", "layer_norm_eps", "reference_compile",
          "repad_logits_with_grad", "rope_theta", "sparse_pred_ignore_index", "sparse_prediction"},
         {{"position_embedding_type", "absolute"}}}));
    listParameters(config);
    return config;
}

std::shared_ptr<LayerNormLayer> normOf(const ModernBertConfig& config) {
    return std::make_shared<LayerNormLayer>(config.shape.hidden, config.normEpsilon, config.normBias);
}

/// What every block of one pass is given besides its input.
struct Surroundings {
    RotaryTables full, sliding;
    at::Tensor mask;
};

struct ModernBertAttention : torch::nn::Module {
    ModernBertAttention(const ModernBertConfig& config, bool slidingBlock)
        : headDim(config.shape.headDim),
          slides(slidingBlock),
          window(slides ? config.window : 0),
          dropout(config.attentionDropout) {
        const int64_t d = config.shape.hidden;
        qkv = register_module("Wqkv", std::make_shared<Projection>(d, 3 * d, config.attentionBias));
        out = register_module("Wo", std::make_shared<Projection>(d, d, config.attentionBias));
    }

    at::Tensor forward(const at::Tensor& x, const Surroundings& around) {
        const auto parts = qkv->forward(x).view({x.size(0), x.size(1), 3, -1, headDim}).unbind(2);
        const RotaryTables& tables = slides ? around.sliding : around.full;
        const AttentionSettings settings{
            .mask = around.mask, .window = window, .dropout = is_training() ? dropout : 0};
        const at::Tensor mixed =
            attention(rotate(parts[0], tables), rotate(parts[1], tables), parts[2], settings);
        return dropoutWhen(is_training(), out->forward(mixed), dropout);
    }

    int64_t headDim;
    bool slides;
    int64_t window;
    double dropout;
    std::shared_ptr<Projection> qkv, out;
};

struct ModernBertFeedForward : torch::nn::Module {
    explicit ModernBertFeedForward(const ModernBertConfig& config)
        : activation(activationNamed(config.activation).value()), dropout(config.innerDropout) {
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        inner = register_module("Wi", std::make_shared<Projection>(d, 2 * f, config.innerBias));
        out = register_module("Wo", std::make_shared<Projection>(f, d, config.innerBias));
    }
    at::Tensor forward(const at::Tensor& x) {
        const auto halves = inner->forward(x).chunk(2, -1);
        return out->forward(dropoutWhen(is_training(), activation(halves[0]) * halves[1], dropout));
    }

    Activation activation;
    double dropout;
    std::shared_ptr<Projection> inner, out;
};

struct ModernBertBlock : torch::nn::Module {
    ModernBertBlock(const ModernBertConfig& config, int64_t index) {
        if (index > 0) attentionNorm = register_module("attn_norm", normOf(config));
        attention = register_module(
            "attn", std::make_shared<ModernBertAttention>(config, config.slides[size_t(index)]));
        feedForwardNorm = register_module("mlp_norm", normOf(config));
        feedForward = register_module("mlp", std::make_shared<ModernBertFeedForward>(config));
        attentionJoin = addJoin(*this, kAttentionJoin);
        feedForwardJoin = addJoin(*this, kFeedForwardJoin);
    }
    at::Tensor forward(const at::Tensor& x, const Surroundings& around) {
        const at::Tensor mixed = attention->forward(attentionNorm ? attentionNorm->forward(x) : x, around);
        const at::Tensor h = attentionJoin->forward(mixed, x);
        return feedForwardJoin->forward(feedForward->forward(feedForwardNorm->forward(h)), h);
    }

    std::shared_ptr<LayerNormLayer> attentionNorm, feedForwardNorm;  ///< the first block has no attentionNorm
    std::shared_ptr<ModernBertAttention> attention;
    std::shared_ptr<ModernBertFeedForward> feedForward;
    std::shared_ptr<ResidualJoin> attentionJoin, feedForwardJoin;
};

struct ModernBertHead : torch::nn::Module {
    explicit ModernBertHead(const ModernBertConfig& config)
        : activation(activationNamed(config.headActivation).value()) {
        const int64_t d = config.shape.hidden;
        dense = register_module("dense", std::make_shared<Projection>(d, d, config.headBias));
        norm = register_module("norm", normOf(config));
    }
    at::Tensor forward(const at::Tensor& x) { return norm->forward(activation(dense->forward(x))); }

    Activation activation;
    std::shared_ptr<Projection> dense;
    std::shared_ptr<LayerNormLayer> norm;
};

class ModernBertModel : public LanguageModel {
  public:
    explicit ModernBertModel(const ModernBertConfig& config)
        : LanguageModel(config.shape),
          m_embeddingDropout(config.embeddingDropout),
          m_classifierDropout(config.classifierDropout),
          m_poolsMean(config.poolsMean),
          m_fullRotary(config.fullRotary, m_shape.headDim),
          m_slidingRotary(config.slidingRotary, m_shape.headDim) {
        auto body = register_module("model", std::make_shared<torch::nn::Module>());
        auto embeddings = body->register_module("embeddings", std::make_shared<torch::nn::Module>());
        m_words = embeddings->register_module(
            "tok_embeddings", std::make_shared<Embedding>(m_shape.vocabulary, m_shape.hidden));
        m_embeddingNorm = embeddings->register_module("norm", normOf(config));
        auto layers = body->register_module("layers", std::make_shared<torch::nn::Module>());
        for (int64_t i = 0; i < m_shape.blocks; ++i)
            m_blocks.push_back(
                layers->register_module(std::to_string(i), std::make_shared<ModernBertBlock>(config, i)));
        m_lastNorm = body->register_module("final_norm", normOf(config));
        if (m_shape.head == HeadKind::Body) return;
        m_head = register_module("head", std::make_shared<ModernBertHead>(config));
        if (m_shape.head == HeadKind::MaskedLanguageModel) {
            if (config.decoderBias)
                m_decoderBias = register_module("decoder", std::make_shared<torch::nn::Module>())
                                    ->register_parameter("bias", at::empty({m_shape.vocabulary}));
            return;
        }
        m_classifier =
            register_module("classifier", std::make_shared<HeadLayer>(m_shape.hidden, m_shape.labels, true));
    }

    const at::Tensor& wordEmbeddings() const override { return m_words->weight; }

    at::Tensor hidden(const Batch& batch) override {
        at::Tensor x = m_embeddingNorm->forward(behindPrompt(m_words->forward(batch.ids)));
        x = dropoutWhen(is_training(), x, m_embeddingDropout);
        const int64_t time = x.size(1);
        const at::Tensor positions =
            batch.positions.defined() ? batch.positions : at::arange(time, batch.ids.options()).unsqueeze(0);
        const Surroundings around{m_fullRotary.tables(positions, time, x.scalar_type()),
                                  m_slidingRotary.tables(positions, time, x.scalar_type()), batch.mask};
        for (const auto& block : m_blocks)
            x = throughBlock(
                [block, around](const std::vector<at::Tensor>& in) { return block->forward(in[0], around); },
                {x});
        x = m_lastNorm->forward(x);
        return m_shape.head == HeadKind::MaskedLanguageModel ? m_head->forward(x) : x;
    }

    LanguageHead languageHead() override {
        LATHE_CHECK(m_shape.head == HeadKind::MaskedLanguageModel);
        return {m_words->weight, m_decoderBias};
    }

    at::Tensor classify(const at::Tensor& hidden, const Batch& batch) override {
        LATHE_CHECK(m_classifier);
        const bool tags = m_shape.head == HeadKind::TokenClassification;
        const at::Tensor pooled = m_head->forward(tags          ? hidden
                                                  : m_poolsMean ? meanOf(hidden, batch)
                                                                : hidden.select(1, 0));
        return m_classifier->forward(dropoutWhen(is_training(), pooled, m_classifierDropout));
    }

  private:
    /// The mean over each row's real tokens.
    static at::Tensor meanOf(const at::Tensor& hidden, const Batch& batch) {
        if (!batch.mask.defined()) return hidden.mean(1);
        // In float32: bfloat16 counts in twos from 256 tokens on.
        const at::Tensor weights = batch.mask.to(hidden.scalar_type()).unsqueeze(-1);
        const at::Tensor sum = (hidden * weights).sum(1, false, at::kFloat);
        return (sum / batch.mask.sum(1, true, at::kFloat)).to(hidden.scalar_type());
    }

    double m_embeddingDropout, m_classifierDropout;
    bool m_poolsMean;
    Rotary m_fullRotary, m_slidingRotary;
    std::shared_ptr<Embedding> m_words;
    std::shared_ptr<LayerNormLayer> m_embeddingNorm, m_lastNorm;
    std::vector<std::shared_ptr<ModernBertBlock>> m_blocks;
    std::shared_ptr<ModernBertHead> m_head;
    std::shared_ptr<HeadLayer> m_classifier;
    at::Tensor m_decoderBias;  ///< of the head for masked words
};

}  // namespace

const Architecture& modernbertArchitecture() {
    static const Architecture architecture =
        architectureOf<ModernBertModel>("modernbert", "ModernBERT",
                                        "Encoder that reads long texts as a whole, up to 8,192 tokens. Good "
                                        "for classification, tags and masked words.",
                                        encoderHeads(), readConfig);
    return architecture;
}

}  // namespace lathe
