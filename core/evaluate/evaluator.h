// SPDX-License-Identifier: GPL-3.0-or-later
// Loss and metrics of a model on rows, without gradients and always in the same order.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/batches/batch_loader.h"
#include "core/objectives/objective.h"

namespace lathe {

struct EvaluationSettings {
    int64_t batchSize = 8;
    BatchSettings batch{};
    std::function<bool()> stopAsked{};             ///< asked before each batch; may be empty
    std::function<void(int64_t rows)> rowsDone{};  ///< told after each batch; may be empty
};

/// What the rows add up to, and with `each` how every one of them fared, in their order; nothing when it was
/// stopped. The model is put into evaluation mode and back into the mode it was in; random numbers are not
/// touched.
std::optional<EvaluationSums> sumRows(LanguageModel& model, const Objective& objective,
                                      std::span<const Example> rows, const EvaluationSettings& settings,
                                      std::vector<RowScore>* each = nullptr);

/// "loss" and the objective's metrics; nothing when it was stopped.
std::map<std::string, double> evaluateRows(LanguageModel& model, const Objective& objective,
                                           std::span<const Example> rows, const EvaluationSettings& settings);

}  // namespace lathe
