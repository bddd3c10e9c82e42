// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer of an exported model: files beside it, or keys inside a GGUF.
#pragma once

#include <filesystem>

#include "core/base/json.h"
#include "core/tokenizer/files/gguf_tokenizer.h"

namespace lathe {

/// Writes the tokenizer into `targetFolder`: from GGUF metadata when that is not null (tokenizer.json and
/// tokenizer_config.json), else the tokenizer files of `sourceFolder` unchanged.
Result<void> writeTokenizerFiles(const Json& ggufMetadataOrNull, const std::filesystem::path& sourceFolder,
                                 const std::filesystem::path& targetFolder);

/// SHA-256 of the list of "hash  name" lines of the tokenizer files in `folder`, whether there are any or
/// not.
Result<std::string> tokenizerFilesSha256(const std::filesystem::path& folder);

/// Makes `source` the chat template of the tokenizer files in `folder`, wherever they have one.
Result<void> setChatTemplate(const std::filesystem::path& folder, const std::string& source);

/// The same as the keys "tokenizer.…" of a GGUF file for a model with `vocabulary` rows: those of the source
/// when it is one, else byte-level BPE or sentencepiece-like BPE from the folder. Unsupported for a tokenizer
/// that such a file cannot say; what was made is opened again and compared on texts that tell the kinds
/// apart.
Result<OrderedJson> ggufTokenizerKeys(const Json& ggufMetadataOrNull,
                                      const std::filesystem::path& sourceFolder, int64_t vocabulary);

}  // namespace lathe
