// SPDX-License-Identifier: GPL-3.0-or-later
// How fast one optimiser step is, and what memory it takes, on random text. For `lathe-run bench step`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/recipe.h"

namespace lathe {

/// One configuration: the recipe's base, method, batch size, precision, quantisation, checkpointing and device.
struct StepBenchCase {
    std::string name;
    Recipe recipe;
};

struct StepBenchSettings {
    int64_t length = 128;  ///< tokens a row
    int64_t steps = 10;    ///< timed; the median counts
    int64_t warmup = 2;
};

struct StepBenchResult {
    std::string name;
    double stepMs = 0;
    double tokensPerSecond = 0;
    int64_t weightBytes = 0;  ///< of the base as it is kept
    int64_t peakBytes = 0;    ///< of the process, or of the device's allocator on a GPU, so far
};

/// The case's model with its method is built, stepped and taken down. A base that writes learns the next token,
/// another one a class of two. Errors as for a run with that recipe; BadArgument when the rows do not fit the context.
Result<StepBenchResult> benchStep(const StepBenchCase& what, const StepBenchSettings& how);

}  // namespace lathe
