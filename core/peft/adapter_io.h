// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters between a model and a PEFT folder, under the names PEFT uses (methods.md, "PEFT adapter folder").
#pragma once

#include <filesystem>
#include <string>

#include "core/formats/hf/adapter_folder.h"
#include "core/peft/method.h"

namespace lathe {

/// Writes adapter_config.json and adapter_model.safetensors (float32) into `folder`, which must exist. The
/// method must be attached to the model.
Result<void> saveAdapter(LanguageModel& model, const AdapterMethod& method, const MethodSettings& settings,
                         const std::string& basePath, const std::filesystem::path& folder);

/// One method as saveAdapter does; several into subfolders that are named after them, with a list
/// (adapters.json).
Result<void> saveAdapters(LanguageModel& model, const std::vector<ChosenMethod>& methods,
                          const std::string& basePath, const std::filesystem::path& folder);

/// Attaches `method` by the folder's config and fills every parameter. ModelMismatch names a tensor that is
/// missing, superfluous or of another shape. Gives the settings the config held.
Result<MethodSettings> loadAdapter(LanguageModel& model, const AdapterMethod& method,
                                   const AdapterFolder& adapter);

}  // namespace lathe
