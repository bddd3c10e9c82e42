// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA adapters in GGUF files, read as PEFT folders are (methods.md, "GGUF adapters").
#pragma once

#include "core/formats/hf/adapter_folder.h"

namespace lathe {

/// config: what PEFT's adapter_config.json would say; the weights carry PEFT's names and row order.
/// Unsupported for other kinds of adapters and for ranks that differ; FileMalformed for a pair that lacks its
/// half. `baseConfig` is the base's config.json: its architecture must be the adapter's (ModelMismatch), its
/// head counts order the rows of queries and keys.
Result<AdapterFolder> openGgufAdapter(const std::filesystem::path& path, const Json& baseConfig);

}  // namespace lathe
