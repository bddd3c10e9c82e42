// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/bert.h"

#include "core/model/parts/config_reader.h"
#include "core/model/parts/layers.h"
#include "core/ops/attention.h"

namespace lathe {
namespace {

struct BertConfig {
    ModelShape shape;
    BertVariant variant;
    int64_t types = 0;          ///< 0 = no token types
    int64_t firstPosition = 0;  ///< of a text's first token
    double normEpsilon = 1e-12, hiddenDropout = 0.1, attentionDropout = 0.1, classifierDropout = 0.1;
    Activation activation, maskActivation;

    /// BERT's pooler is left out where only tokens are looked at.
    bool hasPooler() const {
        return variant.headDenseIsBody &&
               (shape.head == HeadKind::Body || shape.head == HeadKind::SequenceClassification);
    }
};

/// The token classifier has this name in all of the family.
constexpr const char* kTagger = "classifier";

void listHead(BertConfig& config) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    const BertVariant::Names& names = config.variant.names;
    const auto linear = [&](const std::string& name, int64_t out, bool ofBody) {
        list.push_back(
            {.name = name + ".weight", .shape = {out, shape.hidden}, .isLinear = ofBody, .isHead = !ofBody});
        list.push_back({.name = name + ".bias", .shape = {out}, .isHead = !ofBody});
    };
    if (config.hasPooler()) linear(names.headDense, shape.hidden, true);
    if (shape.head == HeadKind::SequenceClassification) {
        if (!config.hasPooler()) linear(names.headDense, shape.hidden, false);
        linear(names.headOut, shape.labels, false);
    }
    if (shape.head == HeadKind::TokenClassification) linear(kTagger, shape.labels, false);
    if (shape.head != HeadKind::MaskedLanguageModel) return;
    linear(names.maskDense, shape.hidden, !shape.newHead);
    for (const char* part : {".weight", ".bias"})
        list.push_back({.name = names.maskNorm + part,
                        .shape = {shape.hidden},
                        .isHead = shape.newHead,
                        .isNorm = true});
    list.push_back({.name = names.maskBias, .shape = {shape.vocabulary}, .isHead = shape.newHead});
}

/// Whether a base of that class was trained to fill in masked words.
bool fillsMasks(const Json& json) {
    const auto classes = json.find("architectures");
    if (classes == json.end() || !classes->is_array() || classes->empty() || !classes->front().is_string())
        return false;
    const auto name = classes->front().get<std::string>();
    return name.ends_with(classSuffix(HeadKind::MaskedLanguageModel)) || name.ends_with("ForPreTraining");
}

void listParameters(BertConfig& config) {
    ModelShape& shape = config.shape;
    const BertVariant::Names& names = config.variant.names;
    auto& list = shape.parameters;
    const int64_t d = shape.hidden;
    const auto embedding = [&](const char* name, int64_t rows) {
        list.push_back({.name = names.prefix + "embeddings." + name + ".weight",
                        .shape = {rows, d},
                        .isEmbedding = true});
    };
    const auto norm = [&](const std::string& name, int block) {
        for (const char* part : {".weight", ".bias"})
            list.push_back({.name = name + part, .shape = {d}, .block = block, .isNorm = true});
    };
    const auto linear = [&](const std::string& name, int block, int64_t out, int64_t in) {
        list.push_back({.name = name + ".weight", .shape = {out, in}, .block = block, .isLinear = true});
        list.push_back({.name = name + ".bias", .shape = {out}, .block = block});
    };

    embedding("word_embeddings", shape.vocabulary);
    embedding("position_embeddings", shape.context + config.firstPosition);
    if (config.types > 0) embedding("token_type_embeddings", config.types);
    norm(names.prefix + "embeddings.LayerNorm", -1);
    for (int i = 0; i < shape.blocks; ++i) {
        const std::string block = names.prefix + names.layers + std::to_string(i) + ".";
        for (const auto& name : {names.query, names.key, names.value, names.out})
            linear(block + name, i, d, d);
        norm(block + names.outNorm, i);
        linear(block + names.inner, i, shape.inner, d);
        linear(block + names.outer, i, d, shape.inner);
        norm(block + names.outerNorm, i);
        listJoins(shape, block, i, names.attentionJoin, names.feedForwardJoin);
    }
    listHead(config);
}

Error unsupported(const std::string& message) {
    return {ErrorCode::Unsupported, message, "config.json", ""};
}

Result<void> readSizes(const ConfigView& reader, BertConfig& config) {
    const BertVariant::Keys& keys = config.variant.keys;
    ModelShape& shape = config.shape;
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size(keys.hidden.c_str(), kMaxWidth));
    LATHE_TRY(shape.inner, reader.size(keys.inner.c_str(), kMaxWidth));
    LATHE_TRY(shape.blocks, reader.size(keys.blocks.c_str(), kMaxBlocks));
    LATHE_TRY(shape.heads, reader.size(keys.heads.c_str(), shape.hidden));
    if (shape.hidden % shape.heads != 0)
        return configError("\"" + keys.heads + "\" does not divide \"" + keys.hidden + "\"");
    shape.kvHeads = shape.heads;
    shape.headDim = shape.hidden / shape.heads;
    LATHE_TRY(const int64_t positions, reader.sizeOr("max_position_embeddings", 512, kMaxWidth));
    if (config.variant.positionsFollowPad) {
        LATHE_TRY(const int64_t pad, reader.sizeOr("pad_token_id", 1, shape.vocabulary - 1, 0));
        config.firstPosition = pad + 1;
    }
    shape.context = positions - config.firstPosition;
    if (shape.context < 1) return configError("\"max_position_embeddings\" leaves no position for a token");
    if (!keys.types.empty()) {
        LATHE_TRY(config.types, reader.sizeOr(keys.types.c_str(), 2, 4096));
    }
    return {};
}

Result<void> readRates(const ConfigView& reader, BertConfig& config) {
    const BertVariant::Keys& keys = config.variant.keys;
    if (!keys.normEpsilon.empty()) {
        LATHE_TRY(config.normEpsilon, reader.numberOr(keys.normEpsilon.c_str(), 1e-12, 0, 1));
    }
    LATHE_TRY(config.hiddenDropout, reader.numberOr(keys.hiddenDropout.c_str(), 0.1, 0, 0.99));
    LATHE_TRY(config.attentionDropout, reader.numberOr(keys.attentionDropout.c_str(), 0.1, 0, 0.99));
    LATHE_TRY(config.classifierDropout,
              reader.numberOr(keys.classifierDropout.c_str(), config.hiddenDropout, 0, 0.99));
    LATHE_TRY(const std::string activation, reader.textOr(keys.activation.c_str(), "gelu"));
    LATHE_TRY(config.activation, activationNamed(activation));
    const std::string& ofMasks = config.variant.maskActivation;
    LATHE_TRY(config.maskActivation, activationNamed(ofMasks.empty() ? activation : ofMasks));
    return {};
}

Result<BertConfig> readConfig(const BertVariant& variant, const Json& json, const HeadChoice& head) {
    const ConfigView reader = modelConfig(json);
    BertConfig config;
    config.variant = variant;
    ModelShape& shape = config.shape;
    shape.modelType = variant.modelType;
    shape.className = variant.classPrefix + classSuffix(head.kind);
    shape.head = head.kind;
    shape.labels = head.labels;
    shape.tiedHead = head.kind == HeadKind::MaskedLanguageModel;
    shape.newHead = shape.tiedHead && !fillsMasks(json);
    shape.defaultTargets = variant.defaultTargets;
    LATHE_TRY_VOID(readSizes(reader, config));
    shape.takesPrefix = true;
    LATHE_TRY_VOID(readRates(reader, config));
    LATHE_TRY(const std::string positions, reader.textOr("position_embedding_type", "absolute"));
    if (positions != "absolute")
        return unsupported("position embeddings of type \"" + positions + "\" are not supported");
    LATHE_TRY(const bool decoder, reader.flagOr("is_decoder", false));
    if (decoder) return unsupported("a " + variant.title + " used as a decoder is not supported");
    LATHE_TRY(const bool tied, reader.flagOr("tie_word_embeddings", true));
    if (shape.tiedHead && !tied)
        return unsupported("a head for masked words that is not tied to the embeddings is not supported");
    LATHE_TRY_VOID(refuseUnknownKeys(
        reader, {{"directionality", "layer_norm_eps", "pooler_fc_size", "pooler_num_attention_heads",
                  "pooler_num_fc_layers", "pooler_size_per_head", "pooler_type", "qa_dropout",
                  "sinusoidal_pos_embds", "tie_weights_"},
                 {}}));
    listParameters(config);
    return config;
}

/// The module that holds what has a dotted name, and the name's last part; plain modules are made where they
/// lack.
std::pair<torch::nn::Module*, std::string> holderOf(torch::nn::Module& root, const std::string& name) {
    torch::nn::Module* holder = &root;
    size_t begin = 0;
    for (size_t dot; (dot = name.find('.', begin)) != std::string::npos; begin = dot + 1) {
        const std::string part = name.substr(begin, dot - begin);
        const auto children = holder->named_children();
        const auto* known = children.find(part);
        holder =
            known ? known->get() : holder->register_module(part, std::make_shared<torch::nn::Module>()).get();
    }
    return {holder, name.substr(begin)};
}

/// Registers a module below `root` under a dotted name.
template <class Module>
std::shared_ptr<Module> registerAt(torch::nn::Module& root, const std::string& name,
                                   std::shared_ptr<Module> module) {
    const auto [holder, last] = holderOf(root, name);
    return holder->register_module(last, std::move(module));
}

struct BertEmbeddings : torch::nn::Module {
    explicit BertEmbeddings(const BertConfig& config)
        : firstPosition(config.firstPosition), dropout(config.hiddenDropout) {
        const int64_t d = config.shape.hidden;
        words = register_module("word_embeddings", std::make_shared<Embedding>(config.shape.vocabulary, d));
        positions = register_module("position_embeddings",
                                    std::make_shared<Embedding>(config.shape.context + firstPosition, d));
        if (config.types > 0)
            types = register_module("token_type_embeddings", std::make_shared<Embedding>(config.types, d));
        norm = register_module("LayerNorm", std::make_shared<LayerNormLayer>(d, config.normEpsilon));
    }

    /// `given`: the words' own, with what a soft prompt puts in front; `past` positions lie before them.
    at::Tensor forward(const at::Tensor& given, const Batch& batch, int64_t past) {
        at::Tensor x = given;
        if (types) x = x + (batch.typeIds.defined() ? types->forward(batch.typeIds) : types->range(0, 1));
        x = x + (batch.positions.defined() ? positions->forward(batch.positions + firstPosition)
                                           : positions->range(firstPosition + past, x.size(1)));
        return dropoutWhen(is_training(), norm->forward(x), dropout);
    }

    int64_t firstPosition;
    double dropout;
    std::shared_ptr<Embedding> words, positions, types;  ///< types null without token types
    std::shared_ptr<LayerNormLayer> norm;
};

struct BertBlock : torch::nn::Module {
    explicit BertBlock(const BertConfig& config)
        : headDim(config.shape.headDim),
          hiddenDropout(config.hiddenDropout),
          attentionDropout(config.attentionDropout),
          activation(config.activation) {
        const BertVariant::Names& names = config.variant.names;
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        const auto projection = [&](const std::string& name, int64_t in, int64_t size) {
            return registerAt(*this, name, std::make_shared<Projection>(in, size, true));
        };
        const auto norm = [&](const std::string& name) {
            return registerAt(*this, name, std::make_shared<LayerNormLayer>(d, config.normEpsilon));
        };
        query = projection(names.query, d, d);
        key = projection(names.key, d, d);
        value = projection(names.value, d, d);
        out = projection(names.out, d, d);
        outNorm = norm(names.outNorm);
        inner = projection(names.inner, d, f);
        outer = projection(names.outer, f, d);
        outerNorm = norm(names.outerNorm);
        attentionJoin = registerAt(*this, names.attentionJoin, std::make_shared<ResidualJoin>());
        feedForwardJoin = registerAt(*this, names.feedForwardJoin, std::make_shared<ResidualJoin>());
    }

    at::Tensor forward(const at::Tensor& x, const at::Tensor& mask, const KeysAndValues& prefix) {
        const std::vector<int64_t> perHead{x.size(0), x.size(1), -1, headDim};
        at::Tensor keys = key->forward(x).view(perHead), values = value->forward(x).view(perHead);
        prefix.putBefore(keys, values);
        const at::Tensor mixed = attention(query->forward(x).view(perHead), keys, values,
                                           {.mask = mask, .dropout = is_training() ? attentionDropout : 0});
        const at::Tensor h = attentionJoin->forward(dropped(out->forward(mixed)), x, outNorm.get());
        const at::Tensor y = outer->forward(activation(inner->forward(h)));
        return feedForwardJoin->forward(dropped(y), h, outerNorm.get());
    }

    at::Tensor dropped(const at::Tensor& x) const { return dropoutWhen(is_training(), x, hiddenDropout); }

    int64_t headDim;
    double hiddenDropout, attentionDropout;
    Activation activation;
    std::shared_ptr<Projection> query, key, value, out, inner, outer;
    std::shared_ptr<LayerNormLayer> outNorm, outerNorm;
    std::shared_ptr<ResidualJoin> attentionJoin, feedForwardJoin;
};

class BertModel : public LanguageModel {
  public:
    explicit BertModel(const BertConfig& config)
        : LanguageModel(config.shape),
          m_classifierDropout(config.classifierDropout),
          m_dropsBeforeDense(config.variant.dropsBeforeHeadDense),
          m_headActivation(activationNamed(config.variant.headActivation).value()),
          m_maskActivation(config.maskActivation) {
        const BertVariant::Names& names = config.variant.names;
        const int64_t d = m_shape.hidden;
        m_embeddings =
            registerAt(*this, names.prefix + "embeddings", std::make_shared<BertEmbeddings>(config));
        for (int64_t i = 0; i < m_shape.blocks; ++i)
            m_blocks.push_back(registerAt(*this, names.prefix + names.layers + std::to_string(i),
                                          std::make_shared<BertBlock>(config)));
        if (config.hasPooler())
            m_pooler = registerAt(*this, names.headDense, std::make_shared<Projection>(d, d, true));
        const bool tags = m_shape.head == HeadKind::TokenClassification;
        if (m_shape.labels > 0) {
            if (!m_pooler && !tags)
                m_headDense = registerAt(*this, names.headDense, std::make_shared<HeadLayer>(d, d, true));
            m_headOut = registerAt(*this, tags ? kTagger : names.headOut,
                                   std::make_shared<HeadLayer>(d, m_shape.labels, true));
        }
        if (tags && config.variant.tagsWithHiddenDropout) m_classifierDropout = config.hiddenDropout;
        if (m_shape.head != HeadKind::MaskedLanguageModel) return;
        m_maskDense = registerAt(*this, names.maskDense, std::make_shared<Projection>(d, d, true));
        m_maskNorm =
            registerAt(*this, names.maskNorm, std::make_shared<LayerNormLayer>(d, config.normEpsilon));
        const auto [holder, bias] = holderOf(*this, names.maskBias);
        m_maskBias = holder->register_parameter(bias, at::empty({m_shape.vocabulary}));
    }

    at::Tensor hidden(const Batch& batch) override {
        const at::Tensor words = behindPrompt(m_embeddings->words->forward(batch.ids));
        LATHE_CHECK(words.size(1) + prefixTokens() <= m_shape.context);
        at::Tensor x = m_embeddings->forward(words, batch, prefixTokens());
        const auto fronts = prefixes();
        for (std::size_t i = 0; i < m_blocks.size(); ++i)
            x = throughBlock(
                [block = m_blocks[i], mask = batch.mask, front = fronts[i]](
                    const std::vector<at::Tensor>& in) { return block->forward(in[0], mask, front); },
                {x});
        return m_maskDense ? m_maskNorm->forward(m_maskActivation(m_maskDense->forward(x))) : x;
    }

    const at::Tensor& wordEmbeddings() const override { return m_embeddings->words->weight; }

    LanguageHead languageHead() override {
        LATHE_CHECK(m_maskDense);
        return {m_embeddings->words->weight, m_maskBias};
    }

    at::Tensor classify(const at::Tensor& hidden, const Batch& /*batch*/) override {
        LATHE_CHECK(m_headOut);
        if (m_shape.head == HeadKind::TokenClassification)
            return m_headOut->forward(dropoutWhen(is_training(), hidden, m_classifierDropout));
        at::Tensor x = hidden.select(1, 0);
        if (m_dropsBeforeDense) x = dropoutWhen(is_training(), x, m_classifierDropout);
        x = m_headActivation(m_pooler ? m_pooler->forward(x) : m_headDense->forward(x));
        return m_headOut->forward(dropoutWhen(is_training(), x, m_classifierDropout));
    }

  private:
    double m_classifierDropout;
    bool m_dropsBeforeDense;
    Activation m_headActivation, m_maskActivation;
    std::shared_ptr<BertEmbeddings> m_embeddings;
    std::vector<std::shared_ptr<BertBlock>> m_blocks;
    std::shared_ptr<Projection> m_pooler;               ///< BERT's
    std::shared_ptr<HeadLayer> m_headDense, m_headOut;  ///< the others' own, and the labels'
    std::shared_ptr<Projection> m_maskDense;            ///< of the head for masked words, like the next two
    std::shared_ptr<LayerNormLayer> m_maskNorm;
    at::Tensor m_maskBias;
};

}  // namespace

Architecture bertFamily(const BertVariant& variant) {
    return architectureOf<BertModel>(
        variant.modelType, variant.title, variant.help, encoderHeads(),
        [variant](const Json& json, const HeadChoice& head) { return readConfig(variant, json, head); });
}

}  // namespace lathe
