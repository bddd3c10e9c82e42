// SPDX-License-Identifier: GPL-3.0-or-later
// A base model on disk, seen one way: an HF folder (single or sharded safetensors) or a GGUF file.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"
#include "core/formats/weight_source.h"

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

/// Opens and checks; reads no tensor data. Errors: FileMissing, FileMalformed, Unsupported (pickle-only
/// folders, unknown GGUF architecture or tensor type).
Result<ModelSource> openModel(const std::filesystem::path& path);

/// SHA-256 of the weight file, hex; for several, of the list of "hash  name" lines in name order. Of
/// large files from the cache (hash_cache.h).
Result<std::string> weightsSha256(const std::filesystem::path& path);

}  // namespace lathe
