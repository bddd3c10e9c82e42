// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/engine_support.h"

namespace lathe::test {

double largestDifference(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

}  // namespace lathe::test
