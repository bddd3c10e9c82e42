// SPDX-License-Identifier: GPL-3.0-or-later
// A base model's files opened: its configuration and its weights, wherever they come from.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"
#include "core/formats/weights/weight_source.h"

namespace lathe {

struct ModelSource {
    std::filesystem::path path;  ///< the folder or the .gguf file
    std::string format;          ///< "safetensors" or "gguf"
    /// config.json in the Hugging Face layout (v4 keys); for a GGUF built from its metadata. model_type is
    /// set.
    Json config;
    /// GGUF metadata as one flat object ("tokenizer.ggml.tokens": […]); null for a folder.
    Json ggufMetadata;
    std::unique_ptr<WeightSource> weights;
    std::vector<Note> notes{};  ///< where config.json and the weights disagree
};

}  // namespace lathe
