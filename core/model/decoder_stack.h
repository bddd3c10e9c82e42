// SPDX-License-Identifier: GPL-3.0-or-later
// What all decoders share: blocks in a row, a language head or a score per label on the last token, and
// generation with a cache of keys and values.
#pragma once

#include "core/model/language_model.h"
#include "core/model/parts/layers.h"
#include "core/ops/attention.h"
#include "core/ops/rotary.h"

namespace lathe {

/// What every block of one forward pass is given besides its input.
struct DecoderPass {
    std::vector<RotaryTables> rotary;  ///< one for each of the family's rotations
    int64_t past = 0;                  ///< positions that the cache holds already
    KeysAndValues prefix;              ///< in front of the block's own; undefined without one
    /// Where rows were padded: (batch, past + 1) int64, by how many positions a key is older than the new
    /// one, kPadding for none of the row's. Undefined: nothing stands between.
    at::Tensor ages = {};
    static constexpr int64_t kPadding = int64_t(1) << 40;
    at::Tensor sameText = {};  ///< packed rows: (batch, time, time) bool; undefined: each row is one text

    /// Tells attention what it may see: its window counted in positions, padding left out.
    void limit(AttentionSettings& settings, int64_t window) const;

    /// Puts prefix and cache before new keys and values (batch, newTime, kvHeads, headDim).
    void complete(at::Tensor& keys, at::Tensor& values, KeyValueCache::Layer* cache) const;
};

class DecoderBlock : public torch::nn::Module {
  public:
    /// x (batch, time, hidden) → the same shape; `cache` is null in training.
    virtual at::Tensor forward(const at::Tensor& x, const DecoderPass& pass, KeyValueCache::Layer* cache) = 0;
};

/// What a family's heads have of their own.
struct DecoderHead {
    double logitSoftCap = 0;         ///< of the language head; 0 = none
    std::string tagger = "score";    ///< the token classifier's name; it has a bias
    double classifierDropout = 0.1;  ///< before the token classifier
};

/// Adds the head's parameters to the shape: "lm_head" (unless tied), "score", or the token classifier; and
/// that a decoder takes soft prompts.
void listDecoderHead(ModelShape& shape, const DecoderHead& about);
/// The heads that decoders can have.
std::vector<HeadKind> decoderHeads();

/// Rows are padded on the right.
class DecoderModel : public LanguageModel {
  public:
    at::Tensor hidden(const Batch& batch) override;
    LanguageHead languageHead() override;
    at::Tensor classify(const at::Tensor& hidden, const Batch& batch) override;
    at::Tensor step(const at::Tensor& ids, KeyValueCache& cache) override;

  protected:
    using LanguageModel::LanguageModel;

    /// To be called when the body is registered: makes the layers that listDecoderHead lists.
    void registerHead(const DecoderHead& about);

    /// ids (batch, time) → (batch, time, hidden): the words alone.
    virtual at::Tensor embed(const at::Tensor& ids) = 0;
    /// What the first block reads: words and positions (batch or 1, time) together.
    virtual at::Tensor entered(const at::Tensor& words, const at::Tensor& positions) = 0;
    /// The rotations' tables for a text of `length` positions.
    virtual std::vector<RotaryTables> rotations(const at::Tensor& positions, int64_t length,
                                                at::ScalarType type) = 0;
    virtual at::Tensor lastNorm(const at::Tensor& x) = 0;

    std::vector<std::shared_ptr<DecoderBlock>> m_blocks;

  private:
    /// Through all blocks, into the cache.
    at::Tensor throughCache(at::Tensor x, const DecoderPass& pass, KeyValueCache& cache);

    std::shared_ptr<Projection> m_languageHead;  ///< null when tied
    std::shared_ptr<HeadLayer> m_score;
    DecoderHead m_about;
};

/// Puts new keys and values (batch, newTime, kvHeads, headDim) behind those of `past` positions and makes
/// them all of the used part, (batch, past + newTime, kvHeads, headDim).
void appendToCache(KeyValueCache::Layer& cache, at::Tensor& keys, at::Tensor& values, int64_t past);

}  // namespace lathe
