// SPDX-License-Identifier: GPL-3.0-or-later
// Tables of rows by id, each a place for an adapter like a linear layer is.
#pragma once

#include <ATen/ATen.h>

#include "core/model/parts/adapter_slot.h"

namespace lathe {

/// What a method adds to the rows of a table. Always a sum, so that several can stand beside one table.
class EmbeddingAdapter : public WeightedAdapter {
  public:
    /// ids (…) int64 → (…, size): what is added to these rows.
    virtual at::Tensor branch(const at::Tensor& ids) const = 0;
    /// What is added to the whole table: (rows, size) float32.
    virtual at::Tensor change() const = 0;
};

/// Looks rows up in a table that may be another module's: T5's two stacks share theirs, and each can have its
/// own adapter.
class Lookup : public AdapterSlot<EmbeddingAdapter> {
  public:
    /// table (rows, size), ids (…) int64 → (…, size)
    at::Tensor rows(const at::Tensor& table, const at::Tensor& ids) const;
};

/// A lookup with a table of its own: "<name>.weight" (rows, size).
class Embedding : public Lookup {
  public:
    Embedding(int64_t rows, int64_t size) { weight = register_parameter("weight", at::empty({rows, size})); }
    at::Tensor forward(const at::Tensor& ids) const { return rows(weight, ids); }
    /// `count` rows from `first` on: (count, size)
    at::Tensor range(int64_t first, int64_t count) const;

    /// The table that gives the rows of base and adapter together, float32 in memory of its own.
    at::Tensor mergedWeight() const;
    /// Makes the adapter part of the table and takes it out.
    void merge();

    at::Tensor weight;
};

}  // namespace lathe
