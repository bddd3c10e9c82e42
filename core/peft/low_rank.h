// SPDX-License-Identifier: GPL-3.0-or-later
// The low-rank pair B·A that the LoRA family is made of: its settings, its start and its module (methods.md,
// "LoRA").
#pragma once

#include "core/peft/linear_method.h"

namespace lathe {

struct LoraSettings {
    int64_t rank;
    double alpha, dropout;
    bool rankStabilised;
    std::string init;

    explicit LoraSettings(const Settings& values);

    /// Rank and alpha of one layer, by rank_pattern and alpha_pattern. RecipeInvalid when a pattern is wrong.
    Result<LoraSettings> of(const Settings& values, const std::string& layer) const;
    /// alpha / rank, or alpha / √rank when rank-stabilised.
    double scaling() const;
    /// Whether A and B start from the base's own weight, and their start is subtracted (PiSSA, OLoRA).
    bool startsFromBase() const { return init == "pissa" || init == "olora"; }
};

/// Whether some layers have a rank or an alpha of their own.
bool hasPatterns(const Settings& values);

/// rank, alpha, dropout, use_rslora, the patterns, init.
std::vector<Field> loraFields();

/// lora_A.weight or lora_B.weight: a submodule with one matrix, as PEFT names it.
class LowRankFactor : public torch::nn::Module {
  public:
    LowRankFactor(int64_t rows, int64_t columns, at::Device device);
    at::Tensor weight;  ///< (rows, columns), zero at first
};

/// A pair whose scaled product B·A is what is added, whatever the place.
class LowRankPair {
  public:
    virtual ~LowRankPair() = default;
    /// A (rank, in) and B (out, rank) as an ordinary LoRA of the unchanged base.
    virtual std::pair<at::Tensor, at::Tensor> plainPair() const = 0;
    virtual double ownScaling() const = 0;  ///< at weight 1
};

class LoraAdapter : public ProjectionAdapter, public LowRankPair {
  public:
    LoraAdapter(const LinearModule& layer, const LoraSettings& settings, at::Device device);

    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override;
    at::Tensor mergedWeight(const at::Tensor& weight) const override;
    at::Tensor branch(const at::Tensor& x) const override;
    std::optional<ThinProduct> product(const at::Tensor& x) const override;

    /// A as PEFT starts it: kaiming uniform with a = √5, that is U(-1/√in, 1/√in), or N(0, 1/rank²), B 0;
    /// PiSSA and OLoRA from the singular values or the QR factors of `weight` (out, in).
    void initialise(const std::string& init, const at::Tensor& weight, const at::Generator& generator);

    /// scaling · B·A less its start, (out, in) float32.
    at::Tensor change() const;

    const at::Tensor& a() const { return m_a->weight; }
    const at::Tensor& b() const { return m_b->weight; }
    double scaling() const { return m_scaling * weight(); }
    double ownScaling() const override { return m_scaling; }
    double dropout() const { return is_training() ? m_dropout : 0; }
    /// With a start from the base twice as wide.
    std::pair<at::Tensor, at::Tensor> plainPair() const override;

  private:
    std::shared_ptr<LowRankFactor> m_a, m_b;
    double m_scaling, m_dropout;
    at::Tensor m_startA, m_startB;  ///< what A and B were, when they start from the base
};

/// The pair beside an embedding: row x gets scaling · B·A[:, x]. PEFT starts A at 0 and B from N(0, 1),
/// whatever the settings say, and has no dropout here.
class LoraEmbedding : public EmbeddingAdapter, public LowRankPair {
  public:
    LoraEmbedding(const LinearModule& layer, const LoraSettings& settings, at::Device device,
                  at::Generator generator);

    at::Tensor branch(const at::Tensor& ids) const override;
    at::Tensor change() const override;
    std::pair<at::Tensor, at::Tensor> plainPair() const override { return {m_a, m_b}; }
    double ownScaling() const override { return m_scaling; }

  private:
    at::Tensor m_a, m_b;
    double m_scaling;
};

}  // namespace lathe
