// SPDX-License-Identifier: GPL-3.0-or-later
// What is written under a temporary name next to its final place: one way to name it, to tell whether its
// writer still runs, and to remove what killed writers left. A name is NAME.MARK-PID-START-N, START the time
// at which the process PID started: a number that is given again names another process.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace lathe {

enum class Unfinished {
    File,    ///< .tmp-
    Folder,  ///< .partial-
    Aside,   ///< .old-: what a newer folder is about to replace
};

/// A name next to `final` that nothing else has.
std::filesystem::path unfinishedPath(const std::filesystem::path& final, Unfinished kind);
/// Marks what the descriptor has open as being written, until it is closed: for processes that do not see
/// each other's numbers. Without effect where the file system has no locks.
void markWritten(int descriptor);

/// Whether a file of this name may be a leftover of ours.
bool isUnfinishedName(const std::string& name);

enum class Writers {
    Dead,  ///< of processes that have ended
    All,   ///< for who alone may write in the folder
};

/// Removes what `writers` left in `folder`; what one had moved aside without a replacement is put back.
void removeUnfinished(const std::filesystem::path& folder, Writers writers = Writers::Dead);

/// BadArgument when `file` is something that a file would not rightly replace: a folder, a device, a pipe.
Result<void> checkFilePlace(const std::filesystem::path& file);

}  // namespace lathe
