// SPDX-License-Identifier: GPL-3.0-or-later
// A loaded model, or its LoRA adapter alone, as a file that llama.cpp reads.
#pragma once

#include <filesystem>

#include "core/target/loaded_model.h"

namespace lathe {

constexpr const char* kGgufModelFile = "model.gguf";
constexpr const char* kGgufAdapterFile = "adapter.gguf";

/// model.gguf (adapters merged; matrices in `dtype`, the rest float32) with tokenizer and chat template, and
/// a Modelfile for Ollama. Read back, each tensor must lie within the type's rounding. Unsupported, with the
/// way out, for what such a file cannot say.
Result<void> writeGgufModel(LoadedModel& target, DType dtype, const std::filesystem::path& folder);

/// adapter.gguf. Unsupported for anything but one plain LoRA adapter: what the format would lose is refused.
Result<void> writeGgufAdapter(LoadedModel& target, const std::filesystem::path& folder);

}  // namespace lathe
