// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/bert.h"

#include "core/model/config_reader.h"
#include "core/model/layers.h"
#include "core/ops/attention.h"
#include "core/ops/checkpoint.h"

namespace lathe {
namespace {

struct BertConfig {
    ModelShape shape;
    int64_t types = 2;
    double normEpsilon = 1e-12, hiddenDropout = 0.1, attentionDropout = 0.1, classifierDropout = 0.1;
    Activation activation;
};

void listParameters(BertConfig& config) {
    ModelShape& shape = config.shape;
    auto& list = shape.parameters;
    const int64_t d = shape.hidden;
    const auto embedding = [&](const std::string& name, int64_t rows) {
        list.push_back(
            {.name = "bert.embeddings." + name + ".weight", .shape = {rows, d}, .isEmbedding = true});
    };
    const auto norm = [&](const std::string& name, int block) {
        list.push_back({.name = name + ".weight", .shape = {d}, .block = block, .isNorm = true});
        list.push_back({.name = name + ".bias", .shape = {d}, .block = block, .isNorm = true});
    };
    const auto linear = [&](const std::string& name, int block, int64_t out, int64_t in) {
        list.push_back({.name = name + ".weight", .shape = {out, in}, .block = block, .isLinear = true});
        list.push_back({.name = name + ".bias", .shape = {out}, .block = block});
    };

    embedding("word_embeddings", shape.vocabulary);
    embedding("position_embeddings", shape.context);
    embedding("token_type_embeddings", config.types);
    norm("bert.embeddings.LayerNorm", -1);
    for (int i = 0; i < shape.blocks; ++i) {
        const std::string block = "bert.encoder.layer." + std::to_string(i) + ".";
        for (const char* name : {"query", "key", "value"}) linear(block + "attention.self." + name, i, d, d);
        linear(block + "attention.output.dense", i, d, d);
        norm(block + "attention.output.LayerNorm", i);
        linear(block + "intermediate.dense", i, shape.inner, d);
        linear(block + "output.dense", i, d, shape.inner);
        norm(block + "output.LayerNorm", i);
    }
    linear("bert.pooler.dense", -1, d, d);
    if (shape.labels > 0) {
        list.push_back({.name = "classifier.weight", .shape = {shape.labels, d}, .isHead = true});
        list.push_back({.name = "classifier.bias", .shape = {shape.labels}, .isHead = true});
    }
}

Error unsupported(const std::string& message) {
    return {ErrorCode::Unsupported, message, "config.json", ""};
}

Result<BertConfig> readConfig(const Json& json, HeadKind head, int64_t labels) {
    if (head != HeadKind::SequenceClassification) return unsupported("BERT has no language-model head here");
    const ConfigReader reader(json);
    BertConfig config;
    ModelShape& shape = config.shape;
    shape.modelType = "bert";
    shape.className = labels > 0 ? "BertForSequenceClassification" : "BertModel";
    shape.labels = labels;
    shape.defaultTargets = {"query", "value"};
    LATHE_TRY(shape.vocabulary, reader.size("vocab_size", kMaxVocabulary));
    LATHE_TRY(shape.hidden, reader.size("hidden_size", kMaxWidth));
    LATHE_TRY(shape.inner, reader.size("intermediate_size", kMaxWidth));
    LATHE_TRY(shape.blocks, reader.size("num_hidden_layers", kMaxBlocks));
    LATHE_TRY(shape.heads, reader.size("num_attention_heads", shape.hidden));
    if (shape.hidden % shape.heads != 0) {
        return configError("\"num_attention_heads\" does not divide \"hidden_size\"");
    }
    shape.kvHeads = shape.heads;
    shape.headDim = shape.hidden / shape.heads;
    LATHE_TRY(shape.context, reader.sizeOr("max_position_embeddings", 512, kMaxWidth));
    LATHE_TRY(config.types, reader.sizeOr("type_vocab_size", 2, 4096));
    LATHE_TRY(config.normEpsilon, reader.numberOr("layer_norm_eps", 1e-12, 0, 1));
    LATHE_TRY(config.hiddenDropout, reader.numberOr("hidden_dropout_prob", 0.1, 0, 0.99));
    LATHE_TRY(config.attentionDropout, reader.numberOr("attention_probs_dropout_prob", 0.1, 0, 0.99));
    LATHE_TRY(config.classifierDropout, reader.numberOr("classifier_dropout", config.hiddenDropout, 0, 0.99));
    LATHE_TRY(const std::string activation, reader.textOr("hidden_act", "gelu"));
    LATHE_TRY(config.activation, activationNamed(activation));
    LATHE_TRY(const std::string positions, reader.textOr("position_embedding_type", "absolute"));
    if (positions != "absolute")
        return unsupported("position embeddings of type \"" + positions + "\" are not supported");
    LATHE_TRY(const bool decoder, reader.flagOr("is_decoder", false));
    if (decoder) return unsupported("a BERT used as a decoder is not supported");
    listParameters(config);
    return config;
}

struct BertEmbeddings : torch::nn::Module {
    explicit BertEmbeddings(const BertConfig& config) : dropout(config.hiddenDropout) {
        const int64_t d = config.shape.hidden;
        words = register_module("word_embeddings", std::make_shared<Embedding>(config.shape.vocabulary, d));
        positions =
            register_module("position_embeddings", std::make_shared<Embedding>(config.shape.context, d));
        types = register_module("token_type_embeddings", std::make_shared<Embedding>(config.types, d));
        norm = register_module("LayerNorm", std::make_shared<LayerNormLayer>(d, config.normEpsilon));
    }

    at::Tensor forward(const Batch& batch) {
        at::Tensor x = words->forward(batch.ids);
        x = x + (batch.typeIds.defined() ? types->forward(batch.typeIds) : types->weight.select(0, 0));
        x = x + (batch.positions.defined() ? positions->forward(batch.positions)
                                           : positions->weight.narrow(0, 0, batch.ids.size(1)));
        return dropoutWhen(is_training(), norm->forward(x), dropout);
    }

    double dropout;
    std::shared_ptr<Embedding> words, positions, types;
    std::shared_ptr<LayerNormLayer> norm;
};

struct BertSelfAttention : torch::nn::Module {
    explicit BertSelfAttention(const BertConfig& config)
        : headDim(config.shape.headDim), dropout(config.attentionDropout) {
        const int64_t d = config.shape.hidden;
        query = register_module("query", std::make_shared<Projection>(d, d, true));
        key = register_module("key", std::make_shared<Projection>(d, d, true));
        value = register_module("value", std::make_shared<Projection>(d, d, true));
    }

    at::Tensor forward(const at::Tensor& x, const at::Tensor& mask) {
        const std::vector<int64_t> perHead{x.size(0), x.size(1), -1, headDim};
        return attention(query->forward(x).view(perHead), key->forward(x).view(perHead),
                         value->forward(x).view(perHead),
                         {.mask = mask, .dropout = is_training() ? dropout : 0});
    }

    int64_t headDim;
    double dropout;
    std::shared_ptr<Projection> query, key, value;
};

/// Projection, dropout, residual, norm: how both halves of a block end.
struct BertOutput : torch::nn::Module {
    BertOutput(const BertConfig& config, int64_t in) : dropout(config.hiddenDropout) {
        dense = register_module("dense", std::make_shared<Projection>(in, config.shape.hidden, true));
        norm = register_module("LayerNorm",
                               std::make_shared<LayerNormLayer>(config.shape.hidden, config.normEpsilon));
    }
    at::Tensor forward(const at::Tensor& x, const at::Tensor& residual) {
        return norm->forward(dropoutWhen(is_training(), dense->forward(x), dropout) + residual);
    }

    double dropout;
    std::shared_ptr<Projection> dense;
    std::shared_ptr<LayerNormLayer> norm;
};

struct BertBlock : torch::nn::Module {
    explicit BertBlock(const BertConfig& config) : activation(config.activation) {
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        auto group = register_module("attention", std::make_shared<torch::nn::Module>());
        self = group->register_module("self", std::make_shared<BertSelfAttention>(config));
        attentionOutput = group->register_module("output", std::make_shared<BertOutput>(config, d));
        auto intermediate = register_module("intermediate", std::make_shared<torch::nn::Module>());
        inner = intermediate->register_module("dense", std::make_shared<Projection>(d, f, true));
        output = register_module("output", std::make_shared<BertOutput>(config, f));
    }
    at::Tensor forward(const at::Tensor& x, const at::Tensor& mask) {
        const at::Tensor h = attentionOutput->forward(self->forward(x, mask), x);
        return output->forward(activation(inner->forward(h)), h);
    }

    Activation activation;
    std::shared_ptr<BertSelfAttention> self;
    std::shared_ptr<BertOutput> attentionOutput, output;
    std::shared_ptr<Projection> inner;
};

struct BertBody : torch::nn::Module {
    explicit BertBody(const BertConfig& config) {
        embeddings = register_module("embeddings", std::make_shared<BertEmbeddings>(config));
        auto encoder = register_module("encoder", std::make_shared<torch::nn::Module>());
        auto layers = encoder->register_module("layer", std::make_shared<torch::nn::Module>());
        for (int64_t i = 0; i < config.shape.blocks; ++i) {
            blocks.push_back(layers->register_module(std::to_string(i), std::make_shared<BertBlock>(config)));
        }
        auto poolerGroup = register_module("pooler", std::make_shared<torch::nn::Module>());
        pooler = poolerGroup->register_module(
            "dense", std::make_shared<Projection>(config.shape.hidden, config.shape.hidden, true));
    }

    std::shared_ptr<BertEmbeddings> embeddings;
    std::vector<std::shared_ptr<BertBlock>> blocks;
    std::shared_ptr<Projection> pooler;
};

class BertModel : public LanguageModel {
  public:
    explicit BertModel(const BertConfig& config)
        : m_shape(config.shape), m_classifierDropout(config.classifierDropout) {
        m_body = register_module("bert", std::make_shared<BertBody>(config));
        if (m_shape.labels > 0) {
            m_classifier = register_module("classifier",
                                           std::make_shared<HeadLayer>(m_shape.hidden, m_shape.labels, true));
        }
    }

    const ModelShape& shape() const override { return m_shape; }

    at::Tensor hidden(const Batch& batch) override {
        LATHE_CHECK(batch.ids.size(1) <= m_shape.context);
        at::Tensor x = m_body->embeddings->forward(batch);
        for (const auto& block : m_body->blocks) {
            if (m_checkpointing && is_training()) {
                x = checkpoint(
                    [block, mask = batch.mask](const at::Tensor& in) { return block->forward(in, mask); }, x);
            } else {
                x = block->forward(x, batch.mask);
            }
        }
        return x;
    }

    LanguageHead languageHead() override {
        LATHE_CHECK(!"BERT has no language-model head here");
        return {};
    }

    at::Tensor classify(const at::Tensor& hidden, const Batch& /*batch*/) override {
        LATHE_CHECK(m_classifier);
        const at::Tensor pooled = m_body->pooler->forward(hidden.select(1, 0)).tanh();
        return m_classifier->forward(dropoutWhen(is_training(), pooled, m_classifierDropout));
    }

    at::Tensor step(const at::Tensor& /*ids*/, KeyValueCache& /*cache*/) override {
        LATHE_CHECK(!"an encoder does not generate");
        return {};
    }

    void setGradientCheckpointing(bool on) override { m_checkpointing = on; }

  private:
    ModelShape m_shape;
    double m_classifierDropout;
    std::shared_ptr<BertBody> m_body;
    std::shared_ptr<HeadLayer> m_classifier;
    bool m_checkpointing = false;
};

Result<ModelShape> bertShape(const Json& json, HeadKind head, int64_t labels) {
    LATHE_TRY(BertConfig config, readConfig(json, head, labels));
    return std::move(config.shape);
}

std::shared_ptr<LanguageModel> buildBert(const Json& json, HeadKind head, int64_t labels) {
    const auto config = readConfig(json, head, labels);
    LATHE_CHECK(config.ok());
    return std::make_shared<BertModel>(config.value());
}

}  // namespace

const Architecture& bertArchitecture() {
    static const Architecture architecture{
        "bert",
        "BERT",
        "Encoder that reads a text as a whole: BERT, MiniLM and others of that layout. Good for "
        "classification.",
        {"classification"},
        bertShape,
        buildBert,
    };
    return architecture;
}

}  // namespace lathe
