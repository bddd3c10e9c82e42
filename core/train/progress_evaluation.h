// SPDX-License-Identifier: GPL-3.0-or-later
// How a run does on its held-out rows between its steps: metrics, and a few answers to read.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/run/events/events.h"
#include "core/train/trainable_model.h"

namespace lathe {

struct ProgressEvaluation {
    std::map<std::string, double> metrics;  ///< empty without held-out rows, and when it was stopped
    std::vector<SampleEvent> samples;
    bool stopped = false;
};

/// At `step`. Where the model writes its own answers its rollouts are stopped by `stopAsked` afterwards, too.
Result<ProgressEvaluation> evaluateProgress(const OpenedBase& base, const TaskData& rows,
                                            const TrainableModel& model, int64_t step,
                                            const std::function<bool()>& stopAsked);

}  // namespace lathe
