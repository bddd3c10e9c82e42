// SPDX-License-Identifier: GPL-3.0-or-later
// What a run leaves: its adapters, or a whole model.
#pragma once

#include <filesystem>

#include "core/train/trainable_model.h"

namespace lathe {

/// Writes RUN/adapter or RUN/model in place of an earlier one; complete or as it was. Errors of writing;
/// NonFinite when a weight is not a number.
Result<void> saveRunResult(const std::filesystem::path& run, const OpenedBase& base, const TrainingData& data,
                           TrainableModel& model);

}  // namespace lathe
