// SPDX-License-Identifier: GPL-3.0-or-later
// Who may write a run folder, or the folder of a race's or a project's runs: one process, which holds flock
// on RUN/lock for as long as it works there. The system releases it with the process, however that ends.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "core/base/result.h"

namespace lathe {

class RunLock {
  public:
    /// To write: RUN must be there, RUN/lock is made. BadArgument when another process trains or reads the
    /// run, and when RUN/lock is a file of something else. What killed processes have left under temporary
    /// names in RUN and RUN/checkpoints is removed, or put back where they had moved a folder aside.
    static Result<RunLock> own(const std::filesystem::path& run);
    /// To read: several may at once. BadArgument when a process trains the run.
    static Result<RunLock> share(const std::filesystem::path& run);
    /// Whether a process trains the run now; nothing where the file system has no locks.
    static std::optional<bool> isOwned(const std::filesystem::path& run);

    RunLock(RunLock&& other) noexcept;
    RunLock& operator=(RunLock&& other) noexcept;
    ~RunLock();

    /// False where the file system has no locks (or RUN cannot be written, for a reader): nothing is guarded.
    bool holds() const { return m_descriptor >= 0; }

  private:
    RunLock() = default;
    int m_descriptor = -1;
};

/// Adds the locks to read `target`, where it is a run folder or the result in one, and the runs that it
/// stands on; none for any other base. Errors as RunLock::share.
Result<void> shareRuns(const std::filesystem::path& target, std::vector<RunLock>& locks);

}  // namespace lathe
