// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer's files beside an exported model.
#pragma once

#include <filesystem>

#include "core/base/json.h"
#include "core/tokenizer/gguf_tokenizer.h"

namespace lathe {

/// Writes the tokenizer into `targetFolder`: from GGUF metadata when that is not null (tokenizer.json and
/// tokenizer_config.json), else the tokenizer files of `sourceFolder` unchanged.
Result<void> writeTokenizerFiles(const Json& ggufMetadataOrNull, const std::filesystem::path& sourceFolder,
                                 const std::filesystem::path& targetFolder);

}  // namespace lathe
