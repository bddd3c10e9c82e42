// SPDX-License-Identifier: GPL-3.0-or-later
// From what a recipe calls its base to an opened model with its tokenizer, still without tensors.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/formats/model_folder.h"
#include "core/run/run_backend.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

struct BaseModel {
    ModelSource source;
    std::unique_ptr<Tokenizer> tokenizer;
    std::vector<Note> notes{};  ///< of the model's files and the tokenizer's
};

/// Whether `base` is shelf:NAME or hub:ORG/NAME, not a path.
bool isNamedBase(const std::string& base);

/// "shelf:NAME", "hub:ORG/NAME[@REVISION]" (in the local cache), a folder, a .gguf file, a Modelfile of
/// Ollama (or a folder that holds one instead of a config.json) or a run folder with a model/ result → the
/// path of the model. An adapter run folder resolves to its base's path (the adapter is found by
/// adapterFolderOf).
Result<std::filesystem::path> resolveBase(const std::string& base);

/// RUN/adapter when `base` is a run folder with an adapter, or several, as its result, else nothing.
std::optional<std::filesystem::path> adapterFolderOf(const std::string& base);

/// Opens model and tokenizer. Ids of the tokenizer that reach past the embedding are a note; texts that use
/// them are refused (checkModelRows).
Result<BaseModel> openBase(const std::string& base);

/// The tokenizer alone; a folder may hold tokenizer files and no model.
Result<std::unique_ptr<Tokenizer>> openTokenizer(const std::string& base);

/// Lowers data.max_length to what training with this base would cut rows at.
using FitToBase = std::function<void(Recipe& recipe, const ModelSource& source)>;

/// Rows with pieces and flags, as `lathe-run preview` and the Data page show them.
Result<Preview> makePreview(const Recipe& recipe, int64_t rows, const FitToBase& fitToBase = {});

}  // namespace lathe
