// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/t5.h"

#include <cmath>

#include "core/model/decoder_stack.h"
#include "core/model/parts/config_reader.h"
#include "core/model/parts/layers.h"
#include "core/ops/attention.h"

namespace lathe {
namespace {

struct T5Config {
    ModelShape shape;
    int64_t buckets = 32, maxDistance = 128;
    double normEpsilon = 1e-6, dropout = 0.1;
    bool gated = false;
    bool scalesOutput = true;  ///< the decoder's output by hidden^-½, as the first T5s with their tied head
    std::string activation;

    int64_t attentionSize() const { return shape.heads * shape.headDim; }
};

const char* stackOf(const ModelShape& shape, int block) {
    return block < shape.encoderBlocks ? "encoder" : "decoder";
}

std::string blockName(const ModelShape& shape, int block) {
    return std::string(stackOf(shape, block)) + ".block." + std::to_string(shape.layerOf(block)) + ".layer.";
}

void listBlock(T5Config& config, int block) {
    auto& list = config.shape.parameters;
    const int64_t d = config.shape.hidden, f = config.shape.inner, inner = config.attentionSize();
    const std::string name = blockName(config.shape, block);
    const auto linear = [&](const std::string& part, int64_t out, int64_t in) {
        list.push_back(
            {.name = name + part + ".weight", .shape = {out, in}, .block = block, .isLinear = true});
    };
    const auto norm = [&](const std::string& layer) {
        list.push_back(
            {.name = name + layer + ".layer_norm.weight", .shape = {d}, .block = block, .isNorm = true});
    };
    const auto attention = [&](const std::string& part) {
        for (const char* projection : {".q", ".k", ".v"}) linear(part + projection, inner, d);
        linear(part + ".o", d, inner);
    };
    const bool decodes = block >= config.shape.encoderBlocks;
    attention("0.SelfAttention");
    if (config.shape.layerOf(block) == 0)
        list.push_back({.name = name + "0.SelfAttention.relative_attention_bias.weight",
                        .shape = {config.buckets, config.shape.heads},
                        .block = block,
                        .isEmbedding = true});
    norm("0");
    if (decodes) {
        attention("1.EncDecAttention");
        norm("1");
    }
    const std::string last = decodes ? "2" : "1", feedForward = last + ".DenseReluDense.";
    if (config.gated) {
        linear(feedForward + "wi_0", f, d);
        linear(feedForward + "wi_1", f, d);
    } else {
        linear(feedForward + "wi", f, d);
    }
    linear(feedForward + "wo", d, f);
    norm(last);
    listJoins(config.shape, name, block, std::string("0.") + kAttentionJoin, last + "." + kFeedForwardJoin);
}

void listParameters(T5Config& config) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    list.push_back({.name = "shared.weight",
                    .shape = {shape.vocabulary, shape.hidden},
                    .isEmbedding = true,
                    .readBy = {"encoder.embed_tokens", "decoder.embed_tokens"}});
    for (int block = 0; block < shape.blocks; ++block) {
        listBlock(config, block);
        const bool lastOfStack = block + 1 == shape.encoderBlocks || block + 1 == shape.blocks;
        if (!lastOfStack) continue;
        const std::string stack = stackOf(shape, block);
        list.push_back({.name = stack + ".final_layer_norm.weight", .shape = {shape.hidden}, .isNorm = true});
    }
    if (!shape.tiedHead)
        list.push_back({.name = "lm_head.weight", .shape = {shape.vocabulary, shape.hidden}, .isHead = true});
}

Result<void> readSizes(const ConfigView& reader, T5Config& config) {
    ModelShape& shape = config.shape;
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size("d_model", kMaxWidth));
    LATHE_TRY(shape.inner, reader.size("d_ff", kMaxWidth));
    LATHE_TRY(shape.encoderBlocks, reader.size("num_layers", kMaxBlocks));
    LATHE_TRY(const int64_t decoderBlocks,
              reader.sizeOr("num_decoder_layers", shape.encoderBlocks, kMaxBlocks));
    shape.blocks = shape.encoderBlocks + decoderBlocks;
    LATHE_TRY(shape.heads, reader.size("num_heads", 4096));
    LATHE_TRY(shape.headDim, reader.sizeOr("d_kv", 64, 4096));
    if (config.attentionSize() > kMaxWidth) return configError("heads times head size is too large");
    shape.kvHeads = shape.heads;
    LATHE_TRY(config.buckets, reader.sizeOr("relative_attention_num_buckets", 32, 4096, 4));
    if (config.buckets % 4 != 0)
        return configError("\"relative_attention_num_buckets\" must be a multiple of 4");
    LATHE_TRY(config.maxDistance, reader.sizeOr("relative_attention_max_distance", 128, kMaxContext));
    if (config.maxDistance <= config.buckets / 2)
        return configError("\"relative_attention_max_distance\" is too small for its buckets");
    // Relative positions have no end; n_positions is what it was trained with.
    LATHE_TRY(shape.context, reader.sizeOr("n_positions", 512, kMaxContext));
    LATHE_TRY(const int64_t pad, reader.sizeOr("pad_token_id", 0, shape.vocabulary - 1, 0));
    LATHE_TRY(shape.decoderStart, reader.sizeOr("decoder_start_token_id", pad, shape.vocabulary - 1, 0));
    return {};
}

Result<void> readActivation(const ConfigView& reader, T5Config& config) {
    constexpr std::string_view kGated = "gated-";
    LATHE_TRY(config.activation, reader.textOr("feed_forward_proj", "relu"));
    config.gated = config.activation.starts_with(kGated);
    if (config.gated) config.activation.erase(0, kGated.size());
    // "gated-gelu" has always meant the tanh form.
    if (config.gated && config.activation == "gelu") config.activation = "gelu_new";
    LATHE_TRY([[maybe_unused]] const Activation known, activationNamed(config.activation));
    return {};
}

Result<T5Config> readConfig(const Json& json, const HeadChoice& head) {
    const ConfigView reader = modelConfig(json);
    T5Config config;
    ModelShape& shape = config.shape;
    shape.modelType = "t5";
    shape.className = std::string("T5") + classSuffix(head.kind);
    shape.head = head.kind;
    shape.defaultTargets = {"q", "v"};
    LATHE_TRY_VOID(readSizes(reader, config));
    LATHE_TRY_VOID(readActivation(reader, config));
    LATHE_TRY(config.normEpsilon, reader.numberOr("layer_norm_epsilon", 1e-6, 0, 1));
    LATHE_TRY(config.dropout, reader.numberOr("dropout_rate", 0.1, 0, 0.99));
    LATHE_TRY(shape.tiedHead, reader.flagOr("tie_word_embeddings", true));
    LATHE_TRY(config.scalesOutput, reader.flagOr("scale_decoder_outputs", shape.tiedHead));
    LATHE_TRY_VOID(
        refuseUnknownKeys(reader, {{"dense_act_fn", "is_gated_act"}, {{"is_encoder_decoder", true}}}));
    listParameters(config);
    return config;
}

/// The bucket of each (query, key) by their distance: exact while small, then in steps that grow with the
/// logarithm. (queries, keys) int64; the queries are the newest positions.
at::Tensor relativeBuckets(const T5Config& config, bool bothWays, int64_t queries, int64_t keys,
                           const at::Device& device) {
    const auto options = at::TensorOptions(at::kLong).device(device);
    const at::Tensor distance =
        at::arange(keys, options).unsqueeze(0) - at::arange(keys - queries, keys, options).unsqueeze(1);
    const int64_t buckets = bothWays ? config.buckets / 2 : config.buckets;
    const at::Tensor offset = bothWays ? (distance > 0).to(at::kLong) * buckets : at::zeros_like(distance);
    const at::Tensor away = bothWays ? distance.abs() : distance.neg().clamp_min(0);
    const int64_t exact = buckets / 2;
    // Float32 as in the reference, so that distances on a border fall to the same side.
    const at::Tensor steps = (away.clamp_min(1).to(at::kFloat) / double(exact)).log() /
                             std::log(double(config.maxDistance) / double(exact)) * double(buckets - exact);
    const at::Tensor far = (steps.to(at::kLong) + exact).clamp_max(buckets - 1);
    return offset + at::where(away < exact, away, far);
}

/// What every block of one stack is given besides its input and the encoder's output.
struct T5Pass {
    std::shared_ptr<Embedding> biases;  ///< of the relative positions
    at::Tensor buckets;                 ///< of each query and key
    at::Tensor bias;                    ///< made of the two once; undefined while the biases train
    at::Tensor mask;                    ///< of the block's own positions
    at::Tensor memoryMask;              ///< of the encoder's
    int64_t past = 0;                   ///< positions that the cache holds already

    /// (1, heads, queries, keys). Biases that train are looked up in each block, so that a block can be
    /// computed again on its own (core/ops/activation_checkpoint.h).
    at::Tensor scoreBias() const {
        return bias.defined() ? bias : biases->forward(buckets).permute({2, 0, 1}).unsqueeze(0);
    }
};

struct T5Attention : torch::nn::Module {
    T5Attention(const T5Config& config, bool hasBias) : dropout(config.dropout) {
        headDim = config.shape.headDim;
        const int64_t d = config.shape.hidden, inner = config.attentionSize();
        query = register_module("q", std::make_shared<Projection>(d, inner, false));
        key = register_module("k", std::make_shared<Projection>(d, inner, false));
        value = register_module("v", std::make_shared<Projection>(d, inner, false));
        out = register_module("o", std::make_shared<Projection>(inner, d, false));
        if (hasBias)
            relativeBias = register_module("relative_attention_bias",
                                           std::make_shared<Embedding>(config.buckets, config.shape.heads));
    }

    at::Tensor perHead(const at::Tensor& x) const { return x.view({x.size(0), x.size(1), -1, headDim}); }

    at::Tensor mixed(const at::Tensor& x, const at::Tensor& keys, const at::Tensor& values,
                     AttentionSettings settings) {
        settings.scale = 1;  // T5 does not scale its scores
        settings.dropout = is_training() ? dropout : 0;
        return out->forward(attention(perHead(query->forward(x)), keys, values, settings));
    }

    int64_t headDim;
    double dropout;
    std::shared_ptr<Projection> query, key, value, out;
    std::shared_ptr<Embedding> relativeBias;  ///< in the first block of a stack, for all of them
};

struct T5FeedForward : torch::nn::Module {
    explicit T5FeedForward(const T5Config& config)
        : activation(activationNamed(config.activation).value()), dropout(config.dropout) {
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        inner = register_module(config.gated ? "wi_0" : "wi", std::make_shared<Projection>(d, f, false));
        if (config.gated) gate = register_module("wi_1", std::make_shared<Projection>(d, f, false));
        out = register_module("wo", std::make_shared<Projection>(f, d, false));
    }
    at::Tensor forward(const at::Tensor& x) {
        at::Tensor h = activation(inner->forward(x));
        if (gate) h = h * gate->forward(x);
        return out->forward(dropoutWhen(is_training(), h, dropout));
    }

    Activation activation;
    double dropout;
    std::shared_ptr<Projection> inner, gate, out;
};

/// A part of a block with the norm before it, in the checkpoint a numbered layer.
template <class Part>
struct T5Layer : torch::nn::Module {
    T5Layer(const T5Config& config, const char* name, std::shared_ptr<Part> given) {
        part = register_module(name, std::move(given));
        norm = register_module("layer_norm",
                               std::make_shared<RmsNormLayer>(config.shape.hidden, config.normEpsilon));
    }
    std::shared_ptr<Part> part;
    std::shared_ptr<RmsNormLayer> norm;
};

struct T5Block : torch::nn::Module {
    T5Block(const T5Config& config, bool decodes, bool hasBias) : dropout(config.dropout) {
        auto layers = register_module("layer", std::make_shared<torch::nn::Module>());
        const auto attend = [&](const char* number, const char* name, bool bias) {
            return layers->register_module(
                number, std::make_shared<T5Layer<T5Attention>>(config, name,
                                                               std::make_shared<T5Attention>(config, bias)));
        };
        self = attend("0", "SelfAttention", hasBias);
        if (decodes) cross = attend("1", "EncDecAttention", false);
        feedForward = layers->register_module(
            decodes ? "2" : "1", std::make_shared<T5Layer<T5FeedForward>>(
                                     config, "DenseReluDense", std::make_shared<T5FeedForward>(config)));
        attentionJoin = addJoin(*self, kAttentionJoin);
        feedForwardJoin = addJoin(*feedForward, kFeedForwardJoin);
    }

    /// `memory`: the encoder's output, undefined in the encoder; with a cache only its first call needs it.
    at::Tensor forward(const at::Tensor& x, const at::Tensor& memory, const T5Pass& pass,
                       KeyValueCache::Layer* cache) {
        at::Tensor h = attentionJoin->forward(dropped(attendSelf(self->norm->forward(x), pass, cache)), x);
        if (cross) h = h + dropped(attendMemory(cross->norm->forward(h), memory, pass, cache));
        return feedForwardJoin->forward(dropped(feedForward->part->forward(feedForward->norm->forward(h))),
                                        h);
    }

    at::Tensor attendSelf(const at::Tensor& x, const T5Pass& pass, KeyValueCache::Layer* cache) {
        T5Attention& part = *self->part;
        at::Tensor keys = part.perHead(part.key->forward(x)), values = part.perHead(part.value->forward(x));
        if (cache) appendToCache(*cache, keys, values, pass.past);
        return part.mixed(x, keys, values,
                          {.kind = cross ? AttentionKind::Causal : AttentionKind::Everywhere,
                           .mask = pass.mask,
                           .bias = pass.scoreBias()});
    }

    at::Tensor attendMemory(const at::Tensor& x, const at::Tensor& memory, const T5Pass& pass,
                            KeyValueCache::Layer* cache) {
        T5Attention& part = *cross->part;
        at::Tensor keys, values;
        if (cache && cache->memoryKeys.defined()) {
            keys = cache->memoryKeys;
            values = cache->memoryValues;
        } else {
            keys = part.perHead(part.key->forward(memory));
            values = part.perHead(part.value->forward(memory));
        }
        if (cache) {
            cache->memoryKeys = keys;
            cache->memoryValues = values;
        }
        return part.mixed(x, keys, values, {.mask = pass.memoryMask});
    }

    at::Tensor dropped(const at::Tensor& x) const { return dropoutWhen(is_training(), x, dropout); }

    double dropout;
    std::shared_ptr<T5Layer<T5Attention>> self, cross;  ///< cross null in the encoder
    std::shared_ptr<T5Layer<T5FeedForward>> feedForward;
    std::shared_ptr<ResidualJoin> attentionJoin, feedForwardJoin;
};

struct T5Stack : torch::nn::Module {
    T5Stack(const T5Config& config, int64_t count, bool isDecoder)
        : decodes(isDecoder), words(register_module("embed_tokens", std::make_shared<Lookup>())) {
        auto list = register_module("block", std::make_shared<torch::nn::Module>());
        for (int64_t i = 0; i < count; ++i)
            blocks.push_back(
                list->register_module(std::to_string(i), std::make_shared<T5Block>(config, decodes, i == 0)));
        norm = register_module("final_layer_norm",
                               std::make_shared<RmsNormLayer>(config.shape.hidden, config.normEpsilon));
    }

    T5Pass pass(const T5Config& config, const at::Tensor& x, int64_t past) const {
        T5Pass made;
        made.past = past;
        made.biases = blocks.front()->self->part->relativeBias;
        made.buckets = relativeBuckets(config, !decodes, x.size(1), past + x.size(1), x.device());
        const auto parameters = made.biases->parameters();
        const bool trains =
            std::any_of(parameters.begin(), parameters.end(),
                        [](const at::Tensor& parameter) { return parameter.requires_grad(); });
        if (!trains || !at::GradMode::is_enabled()) made.bias = made.scoreBias();
        return made;
    }

    bool decodes;
    std::shared_ptr<Lookup> words;  ///< in the table that both stacks share
    std::vector<std::shared_ptr<T5Block>> blocks;
    std::shared_ptr<RmsNormLayer> norm;
};

class T5Model : public LanguageModel {
  public:
    explicit T5Model(const T5Config& config) : LanguageModel(config.shape), m_config(config) {
        m_words = register_module("shared", std::make_shared<torch::nn::Module>())
                      ->register_parameter("weight", at::empty({m_shape.vocabulary, m_shape.hidden}));
        m_encoder =
            register_module("encoder", std::make_shared<T5Stack>(config, config.shape.encoderBlocks, false));
        m_decoder = register_module(
            "decoder", std::make_shared<T5Stack>(config, m_shape.blocks - config.shape.encoderBlocks, true));
        if (!m_shape.tiedHead)
            m_head = register_module(kLanguageHead,
                                     std::make_shared<Projection>(m_shape.hidden, m_shape.vocabulary, false));
    }

    at::Tensor hidden(const Batch& batch) override {
        LATHE_CHECK(batch.decoderIds.defined());
        const at::Tensor memory = encoded(batch);
        at::Tensor x = embed(batch.decoderIds);
        T5Pass pass = m_decoder->pass(m_config, x, 0);
        pass.memoryMask = batch.mask;
        // Targets are padded on the right: the causal rule alone hides it from every real token.
        for (const auto& block : m_decoder->blocks)
            x = throughBlock(
                [block, pass](const std::vector<at::Tensor>& in) {
                    return block->forward(in[0], in[1], pass, nullptr);
                },
                {x, memory});
        return finished(x);
    }

    const at::Tensor& wordEmbeddings() const override { return m_words; }

    LanguageHead languageHead() override { return m_head ? m_head->head(0) : LanguageHead{m_words}; }

    void readSource(const Batch& source, KeyValueCache& cache) override {
        at::NoGradGuard noGrad;
        cache.memory = encoded(source);
        cache.memoryMask = source.mask;
    }

    at::Tensor step(const at::Tensor& ids, KeyValueCache& cache) override {
        LATHE_CHECK(cache.memory.defined());
        at::NoGradGuard noGrad;
        cache.layers.resize(m_decoder->blocks.size());
        at::Tensor x = embed(ids);
        T5Pass pass = m_decoder->pass(m_config, x, cache.length);
        pass.memoryMask = cache.memoryMask;
        for (size_t i = 0; i < cache.layers.size(); ++i)
            x = m_decoder->blocks[i]->forward(x, cache.memory, pass, &cache.layers[i]);
        cache.length += ids.size(1);
        return languageLogits(finished(x.narrow(1, x.size(1) - 1, 1)).select(1, 0), languageHead());
    }

  private:
    /// Of the decoder's ids.
    at::Tensor embed(const at::Tensor& ids) const {
        return dropoutWhen(is_training(), m_decoder->words->rows(m_words, ids), m_config.dropout);
    }

    /// (batch, source, hidden)
    at::Tensor encoded(const Batch& batch) {
        at::Tensor x = dropoutWhen(is_training(), behindPrompt(m_encoder->words->rows(m_words, batch.ids)),
                                   m_config.dropout);
        T5Pass pass = m_encoder->pass(m_config, x, 0);
        pass.mask = batch.mask;
        for (const auto& block : m_encoder->blocks)
            x = throughBlock(
                [block, pass](const std::vector<at::Tensor>& in) {
                    return block->forward(in[0], {}, pass, nullptr);
                },
                {x});
        return dropoutWhen(is_training(), m_encoder->norm->forward(x), m_config.dropout);
    }

    /// The decoder's output as the head takes it.
    at::Tensor finished(const at::Tensor& x) {
        const at::Tensor y = dropoutWhen(is_training(), m_decoder->norm->forward(x), m_config.dropout);
        return m_config.scalesOutput ? y / std::sqrt(double(m_shape.hidden)) : y;
    }

    const T5Config m_config;
    at::Tensor m_words;  ///< (vocabulary, hidden)
    std::shared_ptr<T5Stack> m_encoder, m_decoder;
    std::shared_ptr<Projection> m_head;  ///< null when tied
};

}  // namespace

const Architecture& t5Architecture() {
    static const Architecture architecture = architectureOf<T5Model>(
        "t5", "T5", "Reads a text and writes another: translation, summaries. T5, T5 1.1, Flan-T5.",
        {HeadKind::SequenceToSequence}, readConfig);
    return architecture;
}

}  // namespace lathe
