// SPDX-License-Identifier: GPL-3.0-or-later
// Trained vectors that stand in front of every text: as embeddings, or as keys and values of every block
// (methods.md, "Prompt tuning").
#pragma once

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <vector>

namespace lathe {

/// One block's share of a prefix.
struct KeysAndValues {
    at::Tensor keys, values;  ///< (length, kvHeads, headDim); undefined without a prefix

    /// Puts them in front of a text's own (batch, time, kvHeads, headDim); nothing without a prefix.
    void putBefore(at::Tensor& textKeys, at::Tensor& textValues) const;
};

class SoftPrompt : public torch::nn::Module {
  public:
    enum class Place { Embeddings, KeysAndValues };

    SoftPrompt(int64_t length, Place place) : m_length(length), m_place(place) {}

    int64_t length() const { return m_length; }
    Place place() const { return m_place; }

    /// Embeddings: (length, hidden). KeysAndValues: (length, 2 · blocks · kvHeads · headDim), block after
    /// block its keys and then its values, as PEFT lays them out.
    virtual at::Tensor vectors() = 0;

  private:
    int64_t m_length;
    Place m_place;
};

/// `vectors` of the kind KeysAndValues by block.
std::vector<KeysAndValues> byBlock(const at::Tensor& vectors, int64_t blocks, int64_t kvHeads,
                                   int64_t headDim);

}  // namespace lathe
