// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints that are complete or absent, and everything a run needs to go on exactly (spec of the folder:
// weights.safetensors, optimizer.safetensors, state.json, and MANIFEST.json written last).
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/peft/step_aid.h"
#include "core/train/optimizer.h"
#include "core/train/row_order.h"

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

/// Writes RUN/checkpoints/step-N and then removes all but the newest `keep`. An existing step-N is replaced.
/// On an error (DiskFull, WriteFailed) earlier checkpoints are untouched and nothing half-written stays.
/// `aids`: what the methods keep beside.
Result<std::filesystem::path> saveCheckpoint(const std::filesystem::path& run, const AdamW& optimizer,
                                             const TrainState& state, const RandomState& random,
                                             const StepAids& aids = {}, int keep = 3);

/// The newest checkpoint whose files are all there with the sizes and hashes of its manifest; FileMissing
/// when there is none.
Result<std::filesystem::path> newestIntactCheckpoint(const std::filesystem::path& run);

struct RestoredCheckpoint {
    TrainState state;
    RandomState random;
};
/// Fills the optimiser (and so the model's trained weights) and the aids. ModelMismatch when names or shapes
/// differ.
Result<RestoredCheckpoint> loadCheckpoint(const std::filesystem::path& folder, AdamW& optimizer,
                                          const StepAids& aids = {});

}  // namespace lathe
