// SPDX-License-Identifier: GPL-3.0-or-later
// The weight of a linear layer as its users see it: plain, or packed and unpacked anew for each product.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include <memory>

#include "core/ops/packed_matrix.h"

namespace lathe {

class LinearWeight {
  public:
    /// `plain` (out, in).
    LinearWeight(at::Tensor plain) : m_plain(std::move(plain)) {}
    LinearWeight(std::shared_ptr<const PackedMatrix> packed) : m_packed(std::move(packed)) {}

    int64_t out() const { return m_packed ? m_packed->rows() : m_plain.size(0); }
    /// x (…, in) · Wᵀ + bias (out), which may be undefined → (…, out). The gradient of x goes through a
    /// packed weight; itself it has none.
    at::Tensor linear(const at::Tensor& x, const at::Tensor& bias = {}) const;

    /// (out, in): the plain tensor as it is, or the packed one in `type`, then good until another packed
    /// weight is looked at on this thread.
    at::Tensor matrix(at::ScalarType type) const { return m_packed ? m_packed->unpack(type) : m_plain; }
    /// Undefined when packed.
    const at::Tensor& plain() const { return m_plain; }

    /// For the backward pass of an operation: kept in its saved data, and back.
    c10::IValue kept() const;
    static const LinearWeight& of(const c10::IValue& kept);

  private:
    at::Tensor m_plain;
    std::shared_ptr<const PackedMatrix> m_packed;
};

}  // namespace lathe
