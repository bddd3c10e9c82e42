// SPDX-License-Identifier: GPL-3.0-or-later
// A GGUF file seen as a Hugging Face model: config.json from its metadata, tensors under their HF names and
// in HF row order (methods.md, "GGUF models").
#pragma once

#include "core/formats/weights/model_source.h"

namespace lathe {

/// Unsupported for architectures other than llama, qwen2, qwen3, gpt2 and bert, for split files and for
/// adapters.
Result<ModelSource> openGgufModel(const std::filesystem::path& path);

/// The factors that divide each rotary frequency in a llama3-scaled model (`rope_freqs.weight`), for headDim
/// / 2 frequencies. Source: transformers modeling_rope_utils.py, methods.md, "Llama".
std::vector<float> llama3RopeFactors(double theta, int64_t headDim, double factor, double lowFrequency,
                                     double highFrequency, double originalContext);

}  // namespace lathe
