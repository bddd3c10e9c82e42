// SPDX-License-Identifier: GPL-3.0-or-later
// A base model on disk, seen one way: an HF folder (single or sharded safetensors) or a GGUF file.
#pragma once

#include <filesystem>
#include <string>

#include "core/formats/weights/model_source.h"

namespace lathe {

/// Opens and checks; reads no tensor data. Errors: FileMissing, FileMalformed, Unsupported (pickle-only
/// folders, unknown GGUF architecture or tensor type).
Result<ModelSource> openModel(const std::filesystem::path& path);

/// SHA-256 of the weight file, hex; for several, of the list of "hash  name" lines in name order. Of
/// large files from the cache (hash_cache.h).
Result<std::string> weightsSha256(const std::filesystem::path& path);

}  // namespace lathe
