// SPDX-License-Identifier: GPL-3.0-or-later
// Adapter folders, read and written: PEFT's (adapter_config.json + adapter_model.safetensors, methods.md,
// "PEFT adapter folder") and AdapterHub's (adapter_config.json + adapter.safetensors, and
// model_head.safetensors, methods.md, "Bottleneck adapters").
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/formats/hf/safetensors.h"

namespace lathe {

struct AdapterFolder {
    OrderedJson config;                     ///< adapter_config.json, one of the two kinds
    std::unique_ptr<WeightSource> weights;  ///< names as in the file ("base_model.model.….lora_A.weight")
};

/// Whether an adapter_config.json is AdapterHub's.
bool isAdapterHubConfig(const OrderedJson& config);

/// FileMissing, FileMalformed; Unsupported for pickle-only folders.
Result<AdapterFolder> openAdapterFolder(const std::filesystem::path& folder);

/// Whether the folder holds an adapter_config.json.
bool isAdapterFolder(const std::filesystem::path& folder);

/// The adapters in a folder: itself, or those that its adapters.json lists (several methods of one run), in
/// order; empty when there is none.
std::vector<std::filesystem::path> adaptersIn(const std::filesystem::path& folder);
/// Writes the adapters.json of a folder that has these adapters as its subfolders.
Result<void> writeAdapterList(const std::filesystem::path& folder, const std::vector<std::string>& names);

/// Writes the files into an existing folder: the config with its own keys sorted, what they hold in its
/// order. Of AdapterHub's kind the tensors that belong to no adapter are the head's.
Result<void> writeAdapterFolder(const std::filesystem::path& folder, const OrderedJson& config,
                                const std::vector<TensorToWrite>& tensors);

}  // namespace lathe
