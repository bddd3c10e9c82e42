// SPDX-License-Identifier: GPL-3.0-or-later
// A parameter that a run trains, and how.
#pragma once

#include <string>

#include <ATen/core/Tensor.h>

namespace lathe {

/// One trained tensor as the optimiser sees it.
struct TrainedParameter {
    std::string name;
    at::Tensor tensor;                    ///< the model's leaf, float32 when handed over
    bool decays = true;                   ///< false for biases and norm weights
    at::ScalarType working = at::kFloat;  ///< what the model computes with
    double rateFactor = 1;                ///< its learning rate is the step's times this
};

}  // namespace lathe
