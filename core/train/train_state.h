// SPDX-License-Identifier: GPL-3.0-or-later
// Where a run is, apart from its tensors, and the text of it in a checkpoint (state.json).
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <string>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/batches/row_order.h"

namespace lathe {

/// All progress of a run beside the tensors.
struct TrainState {
    int64_t step = 0;
    DataCursor cursor;
    int64_t tokens = 0;
    double seconds = 0;       ///< of the run so far, pauses left out
    double lossSinceLog = 0;  ///< sum of the step losses since the last StepEvent
    int64_t stepsSinceLog = 0;
    double trainLoss = 0;                   ///< as last logged
    std::map<std::string, double> before;   ///< metrics before the first step
    std::map<std::string, double> metrics;  ///< of the newest evaluation
    double bestMetric = 0;                  ///< of the task's own metric
    int64_t bestStep = -1;                  ///< -1 before the first evaluation
    bool evaluationDue = false;             ///< that of `step` was cut by a stop and is to be made on resume
};

/// The states of the random generators that dropout draws from: the CPU's, and the device's when that is a
/// GPU.
struct RandomState {
    std::string cpu, device;  ///< raw bytes
};
RandomState captureRandomState(at::Device device);
/// ModelMismatch when the bytes are no state of this build's generators.
Result<void> restoreRandomState(const RandomState& state, at::Device device);

/// What state.json holds.
struct StoredState {
    TrainState state;
    RandomState random;
    int64_t updates = 0;  ///< of the optimiser
};
Json stateToJson(const TrainState& state, const RandomState& random, int64_t updates);
/// FileMalformed for other types and for numbers that no run can have; Unsupported for another format.
Result<StoredState> stateFromJson(const Json& json, const std::string& place);

}  // namespace lathe
