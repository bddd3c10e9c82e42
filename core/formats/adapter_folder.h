// SPDX-License-Identifier: GPL-3.0-or-later
// PEFT adapter folders: adapter_config.json + adapter_model.safetensors, read and written (spec §1.1.1, §1.1.2).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/formats/safetensors.h"

namespace lathe {

struct AdapterFolder {
    Json config;                            ///< adapter_config.json, peft_type checked to be there
    std::unique_ptr<WeightSource> weights;  ///< names as in the file ("base_model.model.….lora_A.weight")
};

/// FileMissing, FileMalformed; Unsupported for pickle-only folders.
Result<AdapterFolder> openAdapterFolder(const std::filesystem::path& folder);

/// Whether the folder holds an adapter_config.json.
bool isAdapterFolder(const std::filesystem::path& folder);

/// Writes both files (config with sorted keys and indent 2) into an existing folder.
Result<void> writeAdapterFolder(const std::filesystem::path& folder, const Json& config,
                                const std::vector<TensorToWrite>& tensors);

}  // namespace lathe
