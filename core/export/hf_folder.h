// SPDX-License-Identifier: GPL-3.0-or-later
// Writes a model as a Hugging Face folder: merged weights, config.json, tokenizer files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/label_kind.h"
#include "core/formats/model_folder.h"
#include "core/model/language_model.h"

namespace lathe {

/// Fills `folder`, which must exist, with config.json, model.safetensors (float32, adapters merged, tied
/// weights once), generation_config.json and the tokenizer files of `source`. `labels` says what the
/// outputs of a classification head are. A chat template, unless it is empty, takes the place of the
/// source's. NonFinite when a merged weight is not a number. methods.md, "Hugging Face folder".
Result<void> writeModelFolder(LanguageModel& model, const ModelSource& source, const Json& config,
                              const HeadLabels& labels, const std::string& chatTemplate,
                              const std::filesystem::path& folder);

/// Merging rounds once in float32; anything beyond this share of the largest logit is a wrong file, not
/// rounding.
constexpr double kAllowedLogitDifference = 1e-3;
/// Ids, the same for every model of this shape, whose logits are compared after something was written.
std::vector<int64_t> probeIds(const ModelShape& shape);

}  // namespace lathe
