// SPDX-License-Identifier: GPL-3.0-or-later
// Helpers for tests that hold tensors.
#pragma once

#include <ATen/ATen.h>

#include "tests/support/support.h"

namespace lathe::test {

/// Largest absolute difference of two tensors of one shape.
double largestDifference(const at::Tensor& a, const at::Tensor& b);

}  // namespace lathe::test
