// SPDX-License-Identifier: GPL-3.0-or-later
// The likeliest text among several that are written side by side.
#pragma once

#include <vector>

#include "core/infer/generator.h"

namespace lathe {

/// As transformers searches with num_beams = settings.beams, early_stopping = false and length_penalty =
/// settings.lengthPenalty: texts are compared by the sum of their log-probabilities / length^penalty, the
/// ending token counted. `first` (1, time) is what the model reads first, `cache` holds a source text where
/// there is one; at most `room` new ids. NonFinite when the model's logits are not numbers.
Result<std::vector<int64_t>> beamSearch(LanguageModel& model, const at::Tensor& first, KeyValueCache& cache,
                                        const GeneratorSettings& settings, int64_t room);

}  // namespace lathe
