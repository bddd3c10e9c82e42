// SPDX-License-Identifier: GPL-3.0-or-later
// Taking a folder for a new run.
#pragma once

#include <filesystem>

#include "core/run/run_lock.h"

namespace lathe {

/// What claimNewRun would refuse at this moment; writes nothing.
Result<void> checkNewRun(const std::filesystem::path& run);

/// Makes the folder, where there is none, and owns it before anything is written there. Leftovers of a run
/// that has neither a checkpoint nor a result are removed. BadArgument for a folder with anything else in it,
/// a run that is being trained or has something to resume included; the folder is left as it is then.
Result<RunLock> claimNewRun(const std::filesystem::path& run);

}  // namespace lathe
