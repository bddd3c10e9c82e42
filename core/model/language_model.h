// SPDX-License-Identifier: GPL-3.0-or-later
// What every architecture offers: hidden states, a head, a cache for generation, and its shape without
// weights.
#pragma once

#include <torch/nn/module.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/formats/weight_source.h"
#include "core/model/batch.h"
#include "core/model/projection.h"
#include "core/ops/linear_cross_entropy.h"

namespace lathe {

enum class HeadKind { LanguageModel, SequenceClassification };

/// A parameter tensor as the checkpoint names it, known from config.json alone.
struct ParameterShape {
    std::string name;
    std::vector<int64_t> shape;
    int block = -1;             ///< transformer block, -1 outside
    bool isLinear = false;      ///< the weight of a Projection
    bool isTransposed = false;  ///< such a weight stored (in, out)
    bool isHead = false;        ///< of the task head, not of the body
    bool isEmbedding = false;
    bool isNorm = false;
};

/// What config.json says, checked. Derived architectures read their own fields from `json`.
struct ModelShape {
    std::string modelType;  ///< "llama", "bert"
    HeadKind head = HeadKind::SequenceClassification;
    std::string className;  ///< "LlamaForCausalLM": what PEFT and transformers call the task model
    int64_t hidden = 0, blocks = 0, heads = 0, kvHeads = 0, headDim = 0, inner = 0, vocabulary = 0,
            context = 0;
    int64_t labels = 0;  ///< of a classification head
    bool tiedHead = false;
    std::vector<ParameterShape> parameters;   ///< every parameter, tied ones once, in forward order
    std::vector<std::string> defaultTargets;  ///< target_modules when the recipe names none
};

/// Keys and values of one generation, grown by each forward. Opaque to callers.
struct KeyValueCache {
    struct Layer {
        at::Tensor keys, values;  ///< (batch, kvHeads, time, headDim)
    };
    std::vector<Layer> layers;
    int64_t length = 0;
};

class LanguageModel : public torch::nn::Module {
  public:
    virtual ~LanguageModel() = default;
    const ModelShape& shape() const { return m_shape; }

    /// What the head takes: hidden states after the last norm, (batch, time, hidden).
    virtual at::Tensor hidden(const Batch& batch) = 0;
    /// From hidden states to logits over the vocabulary; its weight is the embedding's when tied. Only with
    /// HeadKind::LanguageModel; LATHE_CHECKs otherwise.
    virtual LanguageHead languageHead();
    /// Classification logits (batch, labels) from hidden states (pooling as transformers does, spec
    /// §2.4-2.5).
    virtual at::Tensor classify(const at::Tensor& hidden, const Batch& batch) = 0;
    /// Logits (batch, vocabulary) of the last position for new ids (batch, newTime), growing the cache.
    /// Only decoders; Unsupported architectures LATHE_CHECK.
    virtual at::Tensor step(const at::Tensor& ids, KeyValueCache& cache);

    /// Recompute block activations in the backward pass instead of keeping them.
    void setGradientCheckpointing(bool on) { m_checkpointing = on; }

    /// Every Projection with its dotted name ("model.layers.0.self_attn.q_proj"), in forward order.
    std::vector<std::pair<std::string, std::shared_ptr<Projection>>> projections();

  protected:
    explicit LanguageModel(ModelShape shape) : m_shape(std::move(shape)) {}

    /// block(x); in training its activations are recomputed when that is asked for. `block` must own what it
    /// uses.
    at::Tensor throughBlock(std::function<at::Tensor(const at::Tensor&)> block, const at::Tensor& x) const;

    const ModelShape m_shape;

  private:
    bool m_checkpointing = false;
};

/// Everything needed to build one architecture: one line in the catalog.
struct Architecture {
    std::string name;  ///< model_type in config.json
    std::string title, help;
    std::vector<std::string> tasks;  ///< recipe tasks it can be trained for
    /// Checks config.json and lists every parameter; no tensors. `labels` > 0 adds a classification head.
    std::function<Result<ModelShape>(const Json& config, HeadKind head, int64_t labels)> shape;
    std::function<std::shared_ptr<LanguageModel>(const Json& config, HeadKind head, int64_t labels)> build;
};

/// The catalog's entry of a family whose config.json is read into a Config with a `shape`:
/// read(json, head, labels) → Result<Config>, and Model made from a Config.
template <class Model, class Read>
Architecture architectureOf(std::string name, std::string title, std::string help,
                            std::vector<std::string> tasks, Read read) {
    return {
        std::move(name),
        std::move(title),
        std::move(help),
        std::move(tasks),
        [read](const Json& json, HeadKind head, int64_t labels) -> Result<ModelShape> {
            LATHE_TRY(auto config, read(json, head, labels));
            return std::move(config.shape);
        },
        [read](const Json& json, HeadKind head, int64_t labels) -> std::shared_ptr<LanguageModel> {
            const auto config = read(json, head, labels);
            LATHE_CHECK(config.ok());
            return std::make_shared<Model>(config.value());
        },
    };
}

/// Whether `weights` holds every parameter of `shape` in its shape; reads names only, so it can be asked
/// before a model of that size is built. ModelMismatch as loadWeights.
Result<void> checkWeights(const ModelShape& shape, const WeightSource& weights);

/// Fills the model's parameters by name from `weights` (a missing base-model prefix such as "bert." or
/// "transformer." is bridged), in float32. A task head that the file lacks is initialised N(0, 0.02²) from
/// `seed`, its bias 0; any other missing or misshapen tensor is ModelMismatch. Returns the new parameters'
/// names.
Result<std::vector<std::string>> loadWeights(LanguageModel& model, const WeightSource& weights,
                                             uint64_t seed);

/// Random weights as a new model starts: N(0, 0.02²), biases 0, norms 1. For benchmarks and tests.
void initialiseWeights(LanguageModel& model, uint64_t seed);

}  // namespace lathe
