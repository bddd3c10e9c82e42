// SPDX-License-Identifier: GPL-3.0-or-later
// Makes a new, untrained model: a configuration, a tokenizer, and weights drawn from a fixed seed.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/result.h"

namespace lathe {

/// Copies the files of `recipe` (config.json, the tokenizer's) into `folder`, which must exist, and writes a
/// model.safetensors (float32) beside them. T5 with a tied head only: standard deviations as transformers'
/// T5PreTrainedModel._init_weights has them, norms 1. The same for the same `seed`. FileMissing, Unsupported.
Result<void> writeNewModel(const std::filesystem::path& recipe, uint64_t seed,
                           const std::filesystem::path& folder);

}  // namespace lathe
