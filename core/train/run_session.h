// SPDX-License-Identifier: GPL-3.0-or-later
// One run from recipe to result: base, data, model, method, trainer, result folder. Both programs use this.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>

#include "core/config/recipe.h"
#include "core/run/events/events.h"
#include "core/run/run_backend.h"

namespace lathe {

class LoadedModel;

/// How the outside steers a run; every member may be touched from another thread.
struct RunControl {
    std::atomic<bool> stop{false};
    std::atomic<bool> discard{false};  ///< with stop: remove the run folder afterwards
    /// Called between steps on the worker; returns when the run may go on. Pausing and answering questions on
    /// the loaded model happen inside. May be empty.
    std::function<void(LoadedModel&)> betweenSteps;
    int threads = 0;  ///< 0 = all cores
};

/// Runs to the end. Everything that goes wrong, exceptions and out-of-memory included, ends as a
/// FinishedEvent with status failed and in run.json; the returned event is the same one. `sink` gets every
/// event in order.
FinishedEvent runRecipe(const Recipe& recipe, const std::filesystem::path& runFolder, RunControl& control,
                        const EventSink& sink);

/// Continues a run from its newest complete checkpoint, exactly. A finished run that has its result is left
/// as it is, and its end is reported again, after a warning. An error before the state is restored changes
/// only status and failure in the run's record, and nothing of a finished run.
FinishedEvent resumeRun(const std::filesystem::path& runFolder, RunControl& control, const EventSink& sink);

}  // namespace lathe
