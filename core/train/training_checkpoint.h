// SPDX-License-Identifier: GPL-3.0-or-later
// Checkpoints that are complete or absent, and everything a run needs to go on exactly (run-folder.md,
// "Checkpoints").
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/optim/optimizer.h"
#include "core/peft/step_aid.h"
#include "core/train/train_state.h"

namespace lathe {

constexpr int kKeptCheckpoints = 3;

/// Bytes of one checkpoint, its text files apart.
uint64_t checkpointBytes(const AdamW& optimizer, const StepAids& aids = {});

/// Writes RUN/checkpoints/step-N and then removes all but the newest `keep`. An existing step-N is replaced.
/// On an error (DiskFull, before anything is written where the disk has no room for it; WriteFailed) earlier
/// checkpoints are untouched and nothing half-written stays. `aids`: what the methods keep beside.
Result<std::filesystem::path> saveCheckpoint(const std::filesystem::path& run, const AdamW& optimizer,
                                             const TrainState& state, const RandomState& random,
                                             const StepAids& aids = {}, int keep = kKeptCheckpoints);

struct CheckpointChoice {
    std::filesystem::path folder;
    std::vector<Note> skipped;  ///< newer ones that are damaged, each with the reason
};
/// The newest checkpoint whose files are all there with the sizes and hashes of its manifest and whose state
/// can be one. Hashes every file of it once. FileMissing when there is none; another error when one cannot be
/// read at this moment (the disk, the rights, too many open files), which does not mean that it is damaged.
Result<CheckpointChoice> chooseCheckpoint(const std::filesystem::path& run);

struct RestoredCheckpoint {
    TrainState state;
    RandomState random;
};
/// Fills the optimiser (and so the model's trained weights) and the aids. ModelMismatch when names or shapes
/// differ.
Result<RestoredCheckpoint> loadCheckpoint(const std::filesystem::path& folder, AdamW& optimizer,
                                          const StepAids& aids = {});

}  // namespace lathe
