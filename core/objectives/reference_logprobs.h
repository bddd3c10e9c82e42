// SPDX-License-Identifier: GPL-3.0-or-later
// The log-probabilities that preference training holds a model against: those of the model as a run starts
// from it.
#pragma once

#include <functional>
#include <vector>

#include "core/batches/batch_loader.h"

namespace lathe {

/// Fills Example::reference of preference rows from `model` as it stands, in evaluation mode and without
/// random numbers; batches are evaluateRows' own. False when it was stopped, which leaves rows unfilled.
bool fillReference(LanguageModel& model, const std::vector<Example*>& rows, int64_t batchSize,
                   const BatchSettings& settings, const std::function<bool()>& stopAsked = {});

}  // namespace lathe
