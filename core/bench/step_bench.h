// SPDX-License-Identifier: GPL-3.0-or-later
// How fast one optimiser step is, and what memory it takes, on random text. For `lathe-run bench step`.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/config/recipe.h"

namespace lathe {

/// One configuration: a run's recipe, of which the data is not read.
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

/// Sets up what a run with the recipe would train with, on random rows, and makes the steps. Errors as for
/// that run; BadArgument when the rows do not fit the context.
Result<StepBenchResult> benchStep(const StepBenchCase& what, const StepBenchSettings& how);

}  // namespace lathe
