// SPDX-License-Identifier: GPL-3.0-or-later
// What race and chain share: a folder of several runs that one command owns, and taking up what is there.
#pragma once

#include <filesystem>

#include "core/config/recipe.h"
#include "core/run/store/run_lock.h"
#include "core/train/run_session.h"

namespace lathe {

/// What the folder of a run already holds.
enum class RunState { Fresh, Interrupted, Done };

/// BadArgument when the folder's run is of another recipe, or another process trains it.
Result<RunState> stateOfRun(const std::filesystem::path& run, const Recipe& recipe);

/// Makes the folder, where there is none, and owns it. BadArgument for a run folder, and while another
/// command works there.
Result<RunLock> ownRunsFolder(const std::filesystem::path& folder);

/// Trains, resumes, or gives without events how a run ended that is done.
FinishedEvent takeUpRun(const Recipe& recipe, const std::filesystem::path& run, RunState state,
                        RunControl& control, const EventSink& sink);

}  // namespace lathe
