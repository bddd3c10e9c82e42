// SPDX-License-Identifier: GPL-3.0-or-later
// What every architecture offers: hidden states, a head, a cache for generation, and its shape without
// weights.
#pragma once

#include <torch/nn/module.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/json.h"
#include "core/formats/weights/weight_source.h"
#include "core/model/batch.h"
#include "core/model/parts/embedding.h"
#include "core/model/parts/projection.h"
#include "core/model/parts/residual_join.h"
#include "core/model/parts/soft_prompt.h"
#include "core/ops/linear_cross_entropy.h"

namespace lathe {

enum class HeadKind {
    Body,                    ///< none: hidden states are the result
    LanguageModel,           ///< the next token
    MaskedLanguageModel,     ///< the masked tokens of an encoder
    SequenceToSequence,      ///< a target text from a source text
    SequenceClassification,  ///< scores of a text: a class each, or one reward
    TokenClassification,     ///< scores of each token
};

/// How transformers' class for a head is called behind the family's name: "ForCausalLM", "Model".
const char* classSuffix(HeadKind head);

/// The module from hidden states to logits over the vocabulary, where it has a table of its own.
constexpr const char* kLanguageHead = "lm_head";

/// Which head a model is to have, and for a classifier how many labels.
struct HeadChoice {
    HeadKind kind = HeadKind::Body;
    int64_t labels = 0;
};

/// A parameter tensor as the checkpoint names it, known from config.json alone.
struct ParameterShape {
    std::string name;
    std::vector<int64_t> shape;
    int block = -1;             ///< transformer block, -1 outside
    bool isLinear = false;      ///< the weight of a Projection
    bool isTransposed = false;  ///< such a weight stored (in, out)
    bool isHead = false;        ///< of the task head, not of the body
    bool isEmbedding = false;
    std::vector<std::string>
        readBy{};  ///< the lookups in such a table, when they are other modules than its own
    bool isNorm = false;
};

/// A place where a sub-layer's output meets the stream, known from config.json alone.
struct JoinShape {
    std::string name;  ///< of the ResidualJoin, "model.layers.0.output_adapters.adapters"
    int block = -1;
    bool isFeedForward = false;  ///< behind the feed-forward part, else behind attention
};

struct ModelShape;
/// Lists the two joins of block `index`, whose names begin with `block`.
void listJoins(ModelShape& shape, const std::string& block, int index,
               const std::string& attention = kAttentionJoin,
               const std::string& feedForward = kFeedForwardJoin);

/// What config.json says, checked. Derived architectures read their own fields from `json`.
struct ModelShape {
    std::string modelType;  ///< "llama", "bert"
    HeadKind head = HeadKind::Body;
    std::string className;  ///< "LlamaForCausalLM": what PEFT and transformers call the task model
    int64_t hidden = 0, blocks = 0, heads = 0, kvHeads = 0, headDim = 0, inner = 0, vocabulary = 0,
            context = 0;
    int64_t encoderBlocks = 0;  ///< of `blocks`, those in front of the decoder's (SequenceToSequence)
    int64_t labels = 0;         ///< of a classification head
    int64_t decoderStart = 0;   ///< the id that a target text starts from (SequenceToSequence)
    bool tiedHead = false;
    bool newHead = false;                     ///< config.json tells that the base has none of this kind
    std::vector<ParameterShape> parameters;   ///< every parameter, tied ones once, in forward order
    std::vector<JoinShape> joins;             ///< in forward order
    std::vector<std::string> defaultTargets;  ///< target_modules when the recipe names none
    bool takesPrefix = false;                 ///< keys and values can stand in front of every block's

    /// A block's number within its own stack, by which PEFT counts; -1 outside.
    int64_t layerOf(int block) const { return block >= encoderBlocks ? block - encoderBlocks : block; }
    /// One more than the highest of these.
    int64_t layers() const { return std::max(encoderBlocks, blocks - encoderBlocks); }

    /// A head made for the task trains whatever the method is, as in PEFT.
    bool trainsHead() const { return labels > 0 || newHead; }
};

/// Keys and values of one generation, grown by each forward. Opaque to callers.
struct KeyValueCache {
    struct Layer {
        at::Tensor keys, values;              ///< (batch, kvHeads, time, headDim)
        at::Tensor memoryKeys, memoryValues;  ///< of the source text, made once
    };
    std::vector<Layer> layers;
    int64_t length = 0;
    /// Real ids of each row of the first step, (batch) int64, where rows are padded on the right; undefined:
    /// all. To be set before that step; the later ones then bring one id each.
    at::Tensor lengths;
    int64_t padded = 0;             ///< positions up to which rows may be padded
    at::Tensor memory, memoryMask;  ///< the encoder's output and its mask (SequenceToSequence)

    /// Row i becomes what row rows[i] was; rows (count) int64 on the cache's device.
    void keepRows(const at::Tensor& rows);
};

/// A soft prompt is attached to the model itself.
class LanguageModel : public AdapterSlot<SoftPrompt> {
  public:
    virtual ~LanguageModel() = default;
    const ModelShape& shape() const { return m_shape; }
    /// Once the head's parameters have got other sizes: the same model's shape for another number of labels.
    void setShape(const ModelShape& shape);

    /// What the head takes: hidden states after the last norm, (batch, time, hidden); of the decoder in a
    /// SequenceToSequence model.
    virtual at::Tensor hidden(const Batch& batch) = 0;
    /// From hidden states to logits over the vocabulary; its weight is the embedding's when tied.
    /// LATHE_CHECKs without such a head.
    virtual LanguageHead languageHead();
    /// Logits from hidden states: (batch, labels) of a sequence classifier (pooling as transformers does,
    /// methods.md, "Pooling"), (batch, time, labels) of a token classifier. LATHE_CHECKs without such a head.
    virtual at::Tensor classify(const at::Tensor& hidden, const Batch& batch);
    /// Reads the source text into an empty cache. Only SequenceToSequence; LATHE_CHECKs otherwise.
    virtual void readSource(const Batch& source, KeyValueCache& cache);
    /// Logits (batch, vocabulary) of each row's last real position for new ids (batch, newTime), growing the
    /// cache. Only where there is a decoder; LATHE_CHECKs otherwise.
    virtual at::Tensor step(const at::Tensor& ids, KeyValueCache& cache);

    /// Recompute block activations in the backward pass instead of keeping them.
    void setGradientCheckpointing(bool on) { m_checkpointing = on; }

    /// Every Projection with its dotted name ("model.layers.0.self_attn.q_proj"), in forward order.
    std::vector<std::pair<std::string, std::shared_ptr<Projection>>> projections();
    /// Every Lookup by its dotted name.
    std::map<std::string, std::shared_ptr<Lookup>> lookups();
    /// All numbers of base and adapters, packed ones too.
    int64_t parameterCount();
    /// Every ResidualJoin by its dotted name.
    std::map<std::string, std::shared_ptr<ResidualJoin>> joins();
    /// Every place that can take an adapter, the model itself first.
    std::vector<AdapterPlace*> places();
    /// (vocabulary, hidden): what ids become before anything else.
    virtual const at::Tensor& wordEmbeddings() const = 0;

    /// Positions that an attached and enabled soft prompt adds in front of every text, of one kind or the
    /// other; in a SequenceToSequence model a prompt stands in front of the source.
    int64_t promptTokens() const;
    int64_t prefixTokens() const;
    /// How many of the positions of hidden() are those of a prompt.
    int64_t leadingOutputs() const {
        return m_shape.head == HeadKind::SequenceToSequence ? 0 : promptTokens();
    }
    /// Positions of the context that are left for a text.
    int64_t room() const { return m_shape.context - promptTokens() - prefixTokens(); }

  protected:
    /// x (batch, time, hidden) with the soft prompt's embeddings in front, when there are any.
    at::Tensor behindPrompt(const at::Tensor& x) const;
    /// Each block's keys and values in front; undefined ones without a prefix.
    std::vector<KeysAndValues> prefixes() const;

    explicit LanguageModel(ModelShape shape) : m_shape(std::move(shape)) {}

    /// block(inputs); in training its activations are recomputed when that is asked for. `block` must own
    /// what it uses; what carries a gradient and is no parameter must be one of the inputs.
    at::Tensor throughBlock(std::function<at::Tensor(const std::vector<at::Tensor>&)> block,
                            const std::vector<at::Tensor>& inputs) const;

    ModelShape m_shape;

  private:
    bool m_checkpointing = false;
};

/// Everything needed to build one architecture: one line in the catalog.
struct Architecture {
    std::string name;  ///< model_type in config.json
    std::string title, help;
    std::vector<HeadKind> heads;  ///< the ones it can have
    /// Checks config.json and lists every parameter; no tensors. Unsupported for a head it cannot have.
    std::function<Result<ModelShape>(const Json& config, const HeadChoice& head)> shape;
    std::function<std::shared_ptr<LanguageModel>(const Json& config, const HeadChoice& head)> build;

    bool canHave(HeadKind head) const;
};

/// The heads that encoders can have.
std::vector<HeadKind> encoderHeads();

/// Unsupported when `heads` lack that kind.
Result<void> checkHead(const std::vector<HeadKind>& heads, const HeadChoice& head, const std::string& title);

/// The catalog's entry of a family whose config.json is read into a Config with a `shape`:
/// read(json, head) → Result<Config>, and Model made from a Config. `read` sees no head but these.
template <class Model, class Read>
Architecture architectureOf(std::string name, std::string title, std::string help,
                            std::vector<HeadKind> heads, Read read) {
    return {
        std::move(name),
        title,
        std::move(help),
        heads,
        [read, heads, title](const Json& json, const HeadChoice& head) -> Result<ModelShape> {
            LATHE_TRY_VOID(checkHead(heads, head, title));
            LATHE_TRY(auto config, read(json, head));
            return std::move(config.shape);
        },
        [read](const Json& json, const HeadChoice& head) -> std::shared_ptr<LanguageModel> {
            const auto config = read(json, head);
            LATHE_CHECK(config.ok());
            return std::make_shared<Model>(config.value());
        },
    };
}

/// What the head makes of a batch: (batch, labels) of a sequence classifier, (batch, time, labels) of a token
/// classifier, (batch, time, vocabulary) of whatever predicts tokens, the hidden states without a head.
at::Tensor headLogits(LanguageModel& model, const Batch& batch);
/// The same from the batch's hidden states.
at::Tensor headLogits(LanguageModel& model, const at::Tensor& hidden, const Batch& batch);

/// Whether `weights` holds every parameter of `shape` in its shape; reads names only, so it can be asked
/// before a model of that size is built. ModelMismatch as loadWeights.
Result<void> checkWeights(const ModelShape& shape, const WeightSource& weights);

/// The file's tensor for a parameter: by its own name, without the base model's prefix, or under the names
/// that LayerNorm's parameters had in files converted from TensorFlow. Null without one.
const TensorInfo* tensorOf(const ParameterShape& parameter, const WeightSource& weights);

/// How the frozen matrices of the base are kept.
struct BaseQuantization {
    Quantization kind = Quantization::None;
    std::unordered_set<std::string> plain;  ///< parameters that stay as they are because they train
};

/// Fills the model's parameters by name from `weights` (a missing base-model prefix such as "bert." or
/// "transformer." is bridged), in float32. A task head that the file lacks is initialised N(0, 0.02²) from
/// `seed`, its bias 0; any other missing or misshapen tensor is ModelMismatch. The weights of linear layers
/// are packed one by one as they are read. Returns the new parameters' names.
Result<std::vector<std::string>> loadWeights(LanguageModel& model, const WeightSource& weights, uint64_t seed,
                                             const BaseQuantization& quantization = {});

/// Random weights as a new model starts: N(0, 0.02²), biases 0, norms 1. For benchmarks and tests.
void initialiseWeights(LanguageModel& model, uint64_t seed);

}  // namespace lathe
