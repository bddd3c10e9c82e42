// SPDX-License-Identifier: GPL-3.0-or-later
// metrics.jsonl: one event a line, appended while a run trains, read line by line afterwards. Lines that are
// damaged (a power cut, another program's text) are passed over and counted.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "core/run/events/events.h"

namespace lathe {

/// What a log holds besides its events.
struct LogFaults {
    int64_t damaged = 0;       ///< lines that are no JSON object or lack what their kind of event has
    int64_t firstDamaged = 0;  ///< the number of the first of them
    int64_t unknown = 0;       ///< events of kinds that only another version of Lathe knows
    int64_t newestStep = -1;   ///< among the lines that remain
    /// What was passed over, for the user; nothing when that is nothing.
    std::optional<WarningEvent> warning() const;
};

/// Gives `each` the events of RUN/metrics.jsonl in order. One line at a time is in memory; a torn last line
/// is not a fault, it may be being written. Errors: FileMissing, FileUnreadable.
Result<LogFaults> eachEvent(const std::filesystem::path& run, const std::function<void(Event&&)>& each);

class MetricLog {
  public:
    /// Opens RUN/metrics.jsonl for appending. To go on after a step (`keepUpToStep` 0 or more) what follows
    /// it is cut off first, with `evaluationDue` the evaluation of that step as well, and damaged lines are
    /// taken out; after an error the file is as it was.
    static Result<MetricLog> open(const std::filesystem::path& run, int64_t keepUpToStep = -1,
                                  bool evaluationDue = false);
    /// What was found while opening.
    const LogFaults& faults() const { return m_faults; }
    /// DiskFull or WriteFailed when the line could not be written whole; nothing of it remains then. A file
    /// that was removed or replaced since is written again first, with everything it had.
    Result<void> append(const Event& event);
    /// Whether the file was written again since this was last called.
    bool takeRestored() { return std::exchange(m_restored, false); }
    /// Waits until the disk has everything.
    Result<void> sync();

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    Result<void> openFile();
    Result<void> restoreIfLost();

    std::unique_ptr<std::FILE, Close> m_file;
    std::filesystem::path m_path;
    LogFaults m_faults;
    int64_t m_bytes = 0;  ///< of whole lines
    bool m_restored = false;
};

}  // namespace lathe
