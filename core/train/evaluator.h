// SPDX-License-Identifier: GPL-3.0-or-later
// Loss and metrics of a model on rows, without gradients and always in the same order.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "core/train/batch_loader.h"
#include "core/train/objectives/objective.h"

namespace lathe {

struct EvaluationSettings {
    int64_t batchSize = 8;
    BatchSettings batch{};
    std::function<bool()> stopAsked{};  ///< asked before each batch; may be empty
};

/// "loss" and the objective's metrics; nothing when it was stopped. Rows of like length share a batch, so
/// little is spent on padding. The model is put into evaluation mode and back into the mode it was in; random
/// numbers are not touched.
std::map<std::string, double> evaluateRows(LanguageModel& model, const Objective& objective,
                                           std::span<const Example> rows, const EvaluationSettings& settings);

}  // namespace lathe
