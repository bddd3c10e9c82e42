// SPDX-License-Identifier: GPL-3.0-or-later
// A linear layer with one adapter slot: methods attach here, models never know which.
#pragma once

#include <ATen/ATen.h>

#include <optional>

#include "core/model/parts/adapter_slot.h"
#include "core/ops/linear_cross_entropy.h"
#include "core/ops/linear_weight.h"

namespace lathe {

/// What a method adds to one projection. A torch module, so that its parameters carry the file's names
/// ("lora_A.weight" below the projection's own name).
class ProjectionAdapter : public WeightedAdapter {
  public:
    /// x (…, in), weight (out, in), bias (out) or undefined → (…, out).
    virtual at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) = 0;
    /// The plain weight (out, in) and bias, float32 in memory of their own, that give the same outputs.
    virtual at::Tensor mergedWeight(const at::Tensor& weight) const = 0;
    virtual at::Tensor mergedBias(const at::Tensor& bias) const { return bias; }
    /// x (…, in) → what is added to the plain layer's outputs (…, out), dropout left out; undefined where the
    /// adapter is no such sum.
    virtual at::Tensor branch(const at::Tensor& /*x*/) const { return {}; }
    /// x (…, in) → the same as two thin matrices, with dropout in training: what a language head adds chunk
    /// by chunk. Nothing where the adapter is no such product.
    virtual std::optional<ThinProduct> product(const at::Tensor& /*x*/) const { return {}; }
};

class Projection : public AdapterSlot<ProjectionAdapter> {
  public:
    /// How the checkpoint stores the weight; GPT-2's Conv1D has (in, out).
    enum class Storage { OutIn, InOut };

    Projection(int64_t in, int64_t out, bool hasBias, Storage storage = Storage::OutIn);

    at::Tensor forward(const at::Tensor& x);  ///< (…, in) → (…, out)

    int64_t in() const { return m_in; }
    int64_t out() const { return m_out; }

    /// The layer as a language head, with what its adapter adds, which must be a product.
    LanguageHead head(double softCap) const;

    /// Keeps the weight packed from now on; it cannot train then. `kind` is not None.
    void pack(Quantization kind);
    /// Makes a packed weight plain again, in float32.
    void unpack();
    bool isPacked() const { return m_packed != nullptr; }
    int64_t packedBytes() const { return m_packed ? m_packed->bytes() : 0; }
    /// What the adapters work with.
    LinearWeight base() const;

    /// The weight (as it is stored) and the bias that give the outputs of base and adapter together.
    at::Tensor mergedWeight() const;
    at::Tensor mergedBias() const;
    /// Makes the adapter part of weight and bias and takes it out. A packed weight becomes plain.
    void merge();

    at::Tensor weight;  ///< (out, in), or (in, out) as stored; empty while packed
    at::Tensor bias;    ///< (out) or undefined

  private:
    /// From the stored layout to (out, in) and back, without a copy.
    at::Tensor turned(const at::Tensor& matrix) const;

    int64_t m_in, m_out;
    Storage m_storage;
    std::shared_ptr<PackedMatrix> m_packed;
};

}  // namespace lathe
