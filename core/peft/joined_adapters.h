// SPDX-License-Identifier: GPL-3.0-or-later
// Several adapters in one place: all of them on every row, or another one on each row of a batch (methods.md,
// "Several adapters"). They are borrowed from whoever holds them: their parameters carry no names in the
// model.
#pragma once

#include <memory>
#include <vector>

#include "core/model/parts/embedding.h"
#include "core/model/parts/projection.h"

namespace lathe {

/// One after the other on the layer, each on what the ones before made of it: y = base(x) + Σ branch_i(x)
/// where all are such sums.
class StackedAdapters : public ProjectionAdapter {
  public:
    using Parts = std::vector<std::shared_ptr<ProjectionAdapter>>;

    explicit StackedAdapters(Parts parts) : m_parts(std::move(parts)) {}

    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override;
    at::Tensor mergedWeight(const at::Tensor& weight) const override;
    at::Tensor mergedBias(const at::Tensor& bias) const override;
    std::optional<ThinProduct> product(const at::Tensor& x) const override;
    void train(bool on = true) override;

  private:
    Parts m_parts;
};

/// The changes of all of them beside one table.
class StackedEmbeddings : public EmbeddingAdapter {
  public:
    using Parts = std::vector<std::shared_ptr<EmbeddingAdapter>>;

    explicit StackedEmbeddings(Parts parts) : m_parts(std::move(parts)) {}

    at::Tensor branch(const at::Tensor& ids) const override;
    at::Tensor change() const override;

  private:
    Parts m_parts;
};

/// All of `parts`, which are of one kind and at least one, as one.
std::shared_ptr<WeightedAdapter> stacked(const std::vector<std::shared_ptr<WeightedAdapter>>& parts);

/// Each adapter on its own rows, with one product of the base for the whole batch. For answering only.
class RowAdapters : public ProjectionAdapter {
  public:
    struct Part {
        std::shared_ptr<ProjectionAdapter> adapter;
        at::Tensor rows;  ///< (count) int64, on the layer's device
    };

    RowAdapters(std::vector<Part> parts, int64_t batch) : m_parts(std::move(parts)), m_batch(batch) {}

    /// x (batch, …, in); rows of no part get the plain layer's outputs.
    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override;
    /// A bug: rows of different adapters have no weight in common.
    at::Tensor mergedWeight(const at::Tensor& weight) const override;

  private:
    std::vector<Part> m_parts;
    int64_t m_batch;
};

}  // namespace lathe
