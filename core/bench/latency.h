// SPDX-License-Identifier: GPL-3.0-or-later
// What adapters cost when a model answers: the base alone, LoRA beside it, LoRA merged into it, and a
// bottleneck adapter, timed in turns in one process. The adapters have random values: only the time counts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lathe {

struct LatencySettings {
    std::string model = "shelf:minilm-l6";
    std::string device = "auto";
    int64_t batch = 1, length = 128;
    int64_t steps = 20, warmup = 3;  ///< forwards of each case
    int64_t rank = 8;                ///< of the LoRA
};

struct LatencyCase {
    std::string name;            ///< base, lora, lora_merged, bottleneck
    std::vector<double> millis;  ///< of each forward with its head, after the warm-up
    double median = 0, smallest = 0, largest = 0;
    double ratio = 1;  ///< of the median to the base's
};

/// The cases take turns, one forward each, so that a slow moment of the machine meets all of them.
/// BadArgument when the length does not fit into the model's context.
Result<std::vector<LatencyCase>> measureLatency(const LatencySettings& settings);

}  // namespace lathe
