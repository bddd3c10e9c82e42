// SPDX-License-Identifier: GPL-3.0-or-later
// A linear layer with one adapter slot: methods attach here, models never know which.
#pragma once

#include <torch/nn/module.h>

#include <memory>

namespace lathe {

/// What a method adds to one projection. A torch module, so that its parameters carry the file's names
/// ("lora_A.weight" below the projection's own name).
class ProjectionAdapter : public torch::nn::Module {
  public:
    /// x (…, in), weight (out, in), bias (out) or undefined → (…, out).
    virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) = 0;
    /// The plain weight (out, in), float32, that gives the same outputs.
    virtual at::Tensor mergedWeight(const at::Tensor& weight) const = 0;
};

class Projection : public torch::nn::Module {
  public:
    /// How the checkpoint stores the weight; GPT-2's Conv1D has (in, out).
    enum class Storage { OutIn, InOut };

    Projection(int64_t in, int64_t out, bool hasBias, Storage storage = Storage::OutIn);

    at::Tensor forward(const at::Tensor& x);  ///< (…, in) → (…, out)

    int64_t in() const { return m_in; }
    int64_t out() const { return m_out; }

    /// Takes the adapter's submodules as children, so names read "<projection>.lora_A.weight".
    void attach(std::shared_ptr<ProjectionAdapter> adapter);
    void detach();
    ProjectionAdapter* adapter() const { return m_adapter.get(); }
    /// Off: forward gives the base's output although an adapter is attached.
    void setAdapterEnabled(bool enabled) { m_enabled = enabled; }

    /// The weight, as it is stored, that gives the outputs of weight and adapter together.
    at::Tensor mergedWeight() const;

    at::Tensor weight;  ///< (out, in), or (in, out) as stored
    at::Tensor bias;    ///< (out) or undefined

  private:
    /// From the stored layout to (out, in) and back, without a copy.
    at::Tensor turned(const at::Tensor& matrix) const;

    int64_t m_in, m_out;
    Storage m_storage;
    std::shared_ptr<ProjectionAdapter> m_adapter;
    bool m_enabled = true;
};

}  // namespace lathe
