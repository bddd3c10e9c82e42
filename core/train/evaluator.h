// SPDX-License-Identifier: GPL-3.0-or-later
// Loss and metrics of a model on rows, without gradients and always in the same order.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/train/batch_loader.h"
#include "core/train/objectives/objective.h"

namespace lathe {

struct EvaluationSettings {
    int64_t batchSize = 8;
    BatchSettings batch{};
    std::function<bool()> stopAsked{};             ///< asked before each batch; may be empty
    std::function<void(int64_t rows)> rowsDone{};  ///< told after each batch; may be empty
};

/// The rows in batches of like length, the longest first, so that little is spent on padding.
template <class Row>
std::vector<std::vector<Row*>> batchesByLength(std::vector<Row*> rows, int64_t batchSize) {
    const auto length = [](const Example* row) {
        return std::max(row->ids.size(), row->rejected.ids.size());
    };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Example* a, const Example* b) { return length(a) > length(b); });
    const auto most = static_cast<std::ptrdiff_t>(std::max<int64_t>(1, batchSize));
    std::vector<std::vector<Row*>> batches;
    for (auto first = rows.begin(); first != rows.end();) {
        const auto end = first + std::min(most, rows.end() - first);
        batches.emplace_back(first, end);
        first = end;
    }
    return batches;
}

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
