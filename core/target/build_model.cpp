// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/target/build_model.h"

#include <algorithm>
#include <array>

namespace lathe {
namespace {

/// Buffers that are computed anew, copies of tied weights (openModel has compared them), and the head of
/// BERT's second pre-training task.
constexpr std::array kHarmlessEnds = {".inv_freq",
                                      ".attn.bias",
                                      ".masked_bias",
                                      ".position_ids",
                                      "lm_head.weight",
                                      "lm_head.decoder.weight",
                                      "lm_head.decoder.bias",
                                      "cls.predictions.decoder.weight",
                                      "cls.predictions.decoder.bias",
                                      "cls.seq_relationship.weight",
                                      "cls.seq_relationship.bias",
                                      "vocab_projector.weight",
                                      "encoder.embed_tokens.weight",
                                      "decoder.embed_tokens.weight",
                                      ".EncDecAttention.relative_attention_bias.weight"};

bool isOutput(const ParameterShape& parameter, const ModelShape& shape) {
    return parameter.isHead && shape.labels > 0 && !parameter.shape.empty() &&
           parameter.shape.front() == shape.labels;
}

/// A file without some of its tensors.
class PartOfWeights : public WeightSource {
  public:
    PartOfWeights(const WeightSource& whole, std::unordered_set<std::string> hidden)
        : m_whole(whole), m_hidden(std::move(hidden)) {
        for (const TensorInfo& info : whole.tensors())
            if (!m_hidden.contains(info.name)) m_tensors.push_back(info);
    }
    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        return m_hidden.contains(name) ? nullptr : m_whole.find(name);
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        return m_whole.readFloat(info, out);
    }
    std::span<const std::byte> bytes(const TensorInfo& info) const override { return m_whole.bytes(info); }

  private:
    const WeightSource& m_whole;
    std::unordered_set<std::string> m_hidden;
    std::vector<TensorInfo> m_tensors;
};

/// The file's tensors for outputs that are not to be taken.
std::unordered_set<std::string> refusedOutputs(const ModelParts& parts, const ModelShape& shape) {
    std::unordered_set<std::string> names;
    bool other = parts.outputs == HeadOutputs::New;
    if (parts.outputs == HeadOutputs::Kept) return names;
    for (const ParameterShape& parameter : shape.parameters) {
        const TensorInfo* info = isOutput(parameter, shape) ? tensorOf(parameter, parts.weights) : nullptr;
        if (!info) continue;
        names.insert(info->name);
        other = other || info->shape != parameter.shape;
    }
    return other ? names : std::unordered_set<std::string>();
}

}  // namespace

Result<BuiltModel> buildModel(const ModelParts& parts) {
    LATHE_TRY(const ModelShape shape, parts.architecture.shape(parts.config, parts.head));
    const auto refused = refusedOutputs(parts, shape);
    const PartOfWeights weights(parts.weights, refused);
    LATHE_TRY_VOID(checkWeights(shape, weights));
    BaseQuantization quantization{parts.quantization, {}};
    if (parts.trained) {
        LATHE_TRY(quantization.plain, parts.trained(shape));
    }
    BuiltModel built{parts.architecture.build(parts.config, parts.head), !refused.empty()};
    if (const auto fresh = loadWeights(*built.model, weights, parts.seed, quantization); !fresh.ok())
        return fresh.error();
    return built;
}

std::optional<Note> unusedTensors(const Architecture& architecture, const Json& config,
                                  const WeightSource& weights) {
    constexpr std::size_t kShown = 3;
    std::unordered_set<std::string> used;
    for (const HeadKind kind : architecture.heads)
        if (const auto shape = architecture.shape(config, {kind, 2}); shape.ok())
            for (const ParameterShape& parameter : shape.value().parameters)
                if (const TensorInfo* info = tensorOf(parameter, weights)) used.insert(info->name);
    std::vector<std::string> unused;
    for (const TensorInfo& info : weights.tensors()) {
        const bool harmless = std::any_of(kHarmlessEnds.begin(), kHarmlessEnds.end(),
                                          [&](const char* end) { return info.name.ends_with(end); });
        if (!harmless && !used.contains(info.name)) unused.push_back(info.name);
    }
    if (unused.empty()) return {};
    std::sort(unused.begin(), unused.end());
    std::string names;
    for (std::size_t i = 0; i < std::min(unused.size(), kShown); ++i) names += (i ? ", " : "") + unused[i];
    if (unused.size() > kShown) names += ", …";
    return Note{"tensors_unused",
                std::to_string(unused.size()) + (unused.size() == 1 ? " tensor" : " tensors") +
                    " of the file " + (unused.size() == 1 ? "is" : "are") +
                    " not used by this architecture: " + names,
                "the file may belong to another architecture than its config.json"};
}

}  // namespace lathe
