// SPDX-License-Identifier: GPL-3.0-or-later
// Taking a folder for a new run.
#pragma once

#include <filesystem>

#include "core/config/recipe.h"
#include "core/run/store/run_lock.h"

namespace lathe {

/// The recipe's name, or its task's, as a folder on any file system may be called.
std::string runFolderName(const Recipe& recipe);

/// What claimNewRun would refuse at this moment; writes nothing.
Result<void> checkNewRun(const std::filesystem::path& run);

/// Makes the folder, where there is none, and owns it before anything is written there. Leftovers of a run
/// that has neither a checkpoint nor a result are removed. BadArgument for a folder with anything else in it,
/// a run that is being trained or has something to resume included; the folder is left as it is then.
Result<RunLock> claimNewRun(const std::filesystem::path& run);

}  // namespace lathe
