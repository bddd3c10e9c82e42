// SPDX-License-Identifier: GPL-3.0-or-later
// What a method does in every training step, beside having added its parameters.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lathe {

class StepAid {
  public:
    virtual ~StepAid() = default;

    /// Added to the step's loss, a float32 scalar; undefined = nothing.
    virtual at::Tensor penalty() { return {}; }
    /// The gradients are complete, nothing is updated yet.
    virtual void beforeUpdate() {}
    /// The weights are those of update `step` (from 1), the gradients (clipped) are still there.
    virtual void afterUpdate(int64_t /*step*/) {}

    /// What a checkpoint must keep so that a run goes on exactly: named tensors, writable.
    virtual std::vector<std::pair<std::string, at::Tensor>> state() { return {}; }
};

/// Those of all methods of a run.
using StepAids = std::vector<std::unique_ptr<StepAid>>;

}  // namespace lathe
