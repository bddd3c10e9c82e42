// SPDX-License-Identifier: GPL-3.0-or-later
// What a run was made from, so that it is gone on with, and judged, on the same. run.json keeps it under
// "identity" as one flat object; a key that is absent is not known:
//   base_sha256 config_sha256 tokenizer_sha256   the base's weights, config.json and tokenizer files (the
//                                                last two of a folder; a GGUF file holds its own)
//   adapter_sha256     the adapters of the run that is the base
//   rewards_sha256     the models that reward answers, with their adapters, in the recipe's order
//   template_sha256    the chat template, of conversations
//   train_sha256 validation_sha256               the data files; of a folder, of its files' names and hashes
//   train_rows validation_rows first_row_sha256 last_row_sha256
//                      rows left to train on and held out; the first and last of the former as encoded
//   precision device threads lathe libtorch      "fp32"; "cuda:0"; 8; "0.1.0"; "2.13.0"
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"
#include "core/config/recipe.h"
#include "core/config/reward_settings.h"
#include "core/data/task_data.h"

namespace lathe {

/// Adds what `base` (of a recipe) has in `source`, the folder or GGUF file it leads to. Hashes of large files
/// come from the cache.
Result<void> addBaseIdentity(Json& identity, const std::string& base, const std::filesystem::path& source);
/// Adds the models among the rewards of a recipe; `rewards` are its settings.
Result<void> addRewardIdentity(Json& identity, const std::vector<RewardSettings>& rewards);
/// Adds the data files of a recipe.
Result<void> addDataIdentity(Json& identity, const Recipe& recipe);
/// Adds the rows and the template; the data must have a training row.
void addRowIdentity(Json& identity, const TaskData& data);

/// What both objects know is compared. ModelMismatch, naming everything that is another than when the run
/// began; `wayOut` becomes its hint. Of versions, device and threads nothing is refused.
Result<void> checkIdentity(const Json& began, const Json& now, const std::string& place,
                           const std::string& wayOut);
/// For whoever opens the adapter of `run`: ModelMismatch where weights, config.json or tokenizer in `source`,
/// the path of its base, are others than when the run began.
Result<void> checkBaseOfRun(const std::filesystem::path& run, const std::filesystem::path& source);
/// Why a resumed run is exact only to the rounding: another version, device or number of threads.
std::vector<Note> inexactParts(const Json& began, const Json& now);

}  // namespace lathe
