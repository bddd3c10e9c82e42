// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/llama.h"

#include "core/model/decoder_stack.h"
#include "core/model/llama_config.h"
#include "core/ops/attention.h"
#include "core/ops/swiglu.h"

namespace lathe {
namespace {

std::shared_ptr<RmsNormLayer> normOf(const LlamaConfig& config, int64_t size) {
    return std::make_shared<RmsNormLayer>(size, config.normEpsilon, config.variant.gemma ? 1 : 0);
}

struct LlamaAttention : torch::nn::Module {
    LlamaAttention(const LlamaConfig& config, bool slides)
        : headDim(config.shape.headDim),
          heads(config.shape.heads),
          kvHeads(config.shape.kvHeads),
          rotation(slides && config.variant.localBase > 0 ? 1 : 0),
          window(slides ? config.window : 0),
          dropout(config.attentionDropout) {
        settings.kind = AttentionKind::Causal;
        settings.scale = config.scoreScale;
        settings.softCap = config.scoreSoftCap;
        const int64_t d = config.shape.hidden;
        const auto projection = [&](const char* name, int64_t in, int64_t size, bool bias) {
            return register_module(name, std::make_shared<Projection>(in, size, bias));
        };
        if (config.variant.fusedProjections) {
            fused = projection("qkv_proj", d, (heads + 2 * kvHeads) * headDim, config.queryKeyValueBias);
        } else {
            query = projection("q_proj", d, heads * headDim, config.queryKeyValueBias);
            key = projection("k_proj", d, kvHeads * headDim, config.queryKeyValueBias);
            value = projection("v_proj", d, kvHeads * headDim, config.queryKeyValueBias);
        }
        out = projection("o_proj", heads * headDim, d, config.outBias);
        if (!config.variant.headNorms) return;
        queryNorm = register_module("q_norm", normOf(config, headDim));
        keyNorm = register_module("k_norm", normOf(config, headDim));
    }

    /// x (batch, time, hidden); with a cache layer the keys and values of earlier positions come first.
    at::Tensor forward(const at::Tensor& x, const DecoderPass& pass, KeyValueCache::Layer* cache) {
        auto [q, k, v] = projected(x);
        if (queryNorm) {
            q = queryNorm->forward(q);
            k = keyNorm->forward(k);
        }
        q = rotate(q, pass.rotary[rotation]);
        k = rotate(k, pass.rotary[rotation]);
        pass.complete(k, v, cache);
        // Padding is on the right, so in a whole text the causal rule alone hides it from every real token.
        settings.dropout = is_training() ? dropout : 0;
        pass.limit(settings, window);
        return out->forward(attention(q, k, v, settings));
    }

    /// Each (batch, time, its heads, headDim).
    std::tuple<at::Tensor, at::Tensor, at::Tensor> projected(const at::Tensor& x) {
        const auto perHead = [&](const at::Tensor& y) { return y.view({x.size(0), x.size(1), -1, headDim}); };
        if (!fused) return {perHead(query->forward(x)), perHead(key->forward(x)), perHead(value->forward(x))};
        const auto parts = perHead(fused->forward(x)).split_with_sizes({heads, kvHeads, kvHeads}, 2);
        return {parts[0], parts[1], parts[2]};
    }

    int64_t headDim, heads, kvHeads;
    size_t rotation;
    int64_t window;
    double dropout;
    AttentionSettings settings;
    std::shared_ptr<Projection> query, key, value, fused, out;
    std::shared_ptr<RmsNormLayer> queryNorm, keyNorm;  ///< null without head norms
};

struct LlamaFeedForward : torch::nn::Module {
    explicit LlamaFeedForward(const LlamaConfig& config) {
        const int64_t d = config.shape.hidden, f = config.shape.inner;
        const auto projection = [&](const char* name, int64_t in, int64_t size) {
            return register_module(name, std::make_shared<Projection>(in, size, config.mlpBias));
        };
        if (config.variant.fusedProjections) {
            fused = projection("gate_up_proj", d, 2 * f);
        } else {
            gate = projection("gate_proj", d, f);
            up = projection("up_proj", d, f);
        }
        down = projection("down_proj", f, d);
        // SiLU has its own fused operation.
        if (config.activation != "silu" && config.activation != "swish")
            activation = activationNamed(config.activation).value();
    }

    at::Tensor forward(const at::Tensor& x) {
        at::Tensor g, u;
        if (fused) {
            const auto halves = fused->forward(x).chunk(2, -1);
            g = halves[0];
            u = halves[1];
        } else {
            g = gate->forward(x);
            u = up->forward(x);
        }
        return down->forward(activation ? activation(g) * u : swiglu(g, u));
    }

    std::shared_ptr<Projection> gate, up, fused, down;
    Activation activation;
};

struct LlamaBlock : DecoderBlock {
    LlamaBlock(const LlamaConfig& config, bool slides) : dropout(config.residualDropout) {
        const int64_t d = config.shape.hidden;
        const bool outputNorms = config.variant.outputNorms;
        inputNorm = register_module("input_layernorm", normOf(config, d));
        attention = register_module("self_attn", std::make_shared<LlamaAttention>(config, slides));
        // The same name stands for two places: before the feed-forward, or after the attention.
        const auto second = register_module("post_attention_layernorm", normOf(config, d));
        if (outputNorms) {
            attentionNorm = second;
            feedForwardInputNorm = register_module("pre_feedforward_layernorm", normOf(config, d));
        } else {
            feedForwardInputNorm = second;
        }
        feedForward = register_module("mlp", std::make_shared<LlamaFeedForward>(config));
        if (outputNorms) feedForwardNorm = register_module("post_feedforward_layernorm", normOf(config, d));
        attentionJoin = addJoin(*this, kAttentionJoin);
        feedForwardJoin = addJoin(*this, kFeedForwardJoin);
    }

    at::Tensor forward(const at::Tensor& x, const DecoderPass& pass, KeyValueCache::Layer* cache) override {
        at::Tensor h = attention->forward(inputNorm->forward(x), pass, cache);
        if (attentionNorm) h = attentionNorm->forward(h);
        h = attentionJoin->forward(dropoutWhen(is_training(), h, dropout), x);
        at::Tensor y = feedForward->forward(feedForwardInputNorm->forward(h));
        if (feedForwardNorm) y = feedForwardNorm->forward(y);
        return feedForwardJoin->forward(dropoutWhen(is_training(), y, dropout), h);
    }

    double dropout;
    std::shared_ptr<RmsNormLayer> inputNorm, feedForwardInputNorm;
    std::shared_ptr<RmsNormLayer> attentionNorm, feedForwardNorm;  ///< null without output norms
    std::shared_ptr<LlamaAttention> attention;
    std::shared_ptr<LlamaFeedForward> feedForward;
    std::shared_ptr<ResidualJoin> attentionJoin, feedForwardJoin;
};

class LlamaModel : public DecoderModel {
  public:
    explicit LlamaModel(const LlamaConfig& config)
        : DecoderModel(config.shape),
          m_embeddingScale(config.embeddingScale),
          m_scalesWords(config.variant.localBase > 0) {
        const ModelShape& shape = config.shape;
        m_rotaries.emplace_back(config.rotary, shape.headDim);
        if (config.variant.localBase > 0) m_rotaries.emplace_back(config.localRotary, shape.headDim);

        auto body = register_module("model", std::make_shared<torch::nn::Module>());
        m_embedding = body->register_module("embed_tokens",
                                            std::make_shared<Embedding>(shape.vocabulary, shape.hidden));
        auto layers = body->register_module("layers", std::make_shared<torch::nn::Module>());
        for (int64_t i = 0; i < shape.blocks; ++i) {
            m_blocks.push_back(layers->register_module(
                std::to_string(i), std::make_shared<LlamaBlock>(config, config.slides[size_t(i)])));
        }
        m_norm = body->register_module("norm", normOf(config, shape.hidden));
        registerHead(config.head);
    }

    const at::Tensor& wordEmbeddings() const override { return m_embedding->weight; }

  protected:
    at::Tensor embed(const at::Tensor& ids) override {
        const at::Tensor x = m_embedding->forward(ids);
        return m_scalesWords ? scaled(x) : x;
    }
    at::Tensor entered(const at::Tensor& words, const at::Tensor& /*positions*/) override {
        return m_scalesWords ? words : scaled(words);
    }

    std::vector<RotaryTables> rotations(const at::Tensor& positions, int64_t length,
                                        at::ScalarType type) override {
        std::vector<RotaryTables> tables;
        for (Rotary& rotary : m_rotaries) tables.push_back(rotary.tables(positions, length, type));
        return tables;
    }

    at::Tensor lastNorm(const at::Tensor& x) override { return m_norm->forward(x); }

  private:
    at::Tensor scaled(const at::Tensor& x) const {
        if (m_embeddingScale == 1) return x;
        // The factor is rounded to the weights' type first, as transformers does.
        return x * at::scalar_tensor(m_embeddingScale, x.options());
    }

    double m_embeddingScale;
    bool m_scalesWords;  ///< Gemma 3: only words, not what a soft prompt puts in front of them
    std::vector<Rotary> m_rotaries;
    std::shared_ptr<Embedding> m_embedding;
    std::shared_ptr<RmsNormLayer> m_norm;
};

}  // namespace

Architecture llamaFamily(const LlamaVariant& variant) {
    return architectureOf<LlamaModel>(
        variant.modelType, variant.title, variant.help, decoderHeads(),
        [variant](const Json& json, const HeadChoice& head) { return readLlamaConfig(variant, json, head); });
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
