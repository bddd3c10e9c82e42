// SPDX-License-Identifier: GPL-3.0-or-later
// Run folders: making one, its run.json, and the list of all runs read back from disk.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/recipe.h"
#include "core/run/events/events.h"

namespace lathe {

/// run.json. Times are ISO 8601 UTC.
struct RunRecord {
    RunStatus status = RunStatus::Running;  ///< a running one that nobody owns reads Interrupted
    std::string name, task, base, method, device, started, ended, version;
    int64_t trainable = 0, total = 0, steps = 0, maxSteps = 0;
    double seconds = 0;
    int64_t memoryBytes = 0;                ///< the most it had at once, loading and saving included
    std::map<std::string, double> before;   ///< metrics before the first step
    std::map<std::string, double> metrics;  ///< final
    std::vector<std::string> labels;        ///< class names by id
    std::string problemType;                ///< classification: as transformers calls it (label_kind.h)
    std::string baseSha256;
    int64_t processId = 0;
    std::optional<Error> failure;
    std::string note;
    Json identity;  ///< run_identity.h; null where the run is older than that
    Json settings;  ///< flat key → value of what people compare: method.rank, train.learning_rate, …
};

struct RunSummary {
    std::filesystem::path folder;
    RunRecord record;
};

/// The time as run.json has it.
std::string utcNow();
/// dataHome()/runs
std::filesystem::path defaultRunsFolder();
/// A new empty folder `<parent>/<name>-<n>` that did not exist.
Result<std::filesystem::path> createRunFolder(const std::filesystem::path& parent, const Recipe& recipe);
Result<void> writeRunRecord(const std::filesystem::path& run, const RunRecord& record);
Result<RunRecord> readRunRecord(const std::filesystem::path& run);
/// For the run's owner: records why it could not be resumed: status and failure change, nothing else; a
/// stopped run stays stopped. The record of a finished run, and one that cannot be read, is left as it is.
Result<void> recordFailedResume(const std::filesystem::path& run, const Error& error);
/// The run folders in `parent` and in the folders of projects there, in no order.
std::vector<std::filesystem::path> runFolders(const std::filesystem::path& parent);
/// What is known of a run. One whose run.json cannot be read has the status Incomplete, and why as its
/// failure.
RunSummary summaryOf(const std::filesystem::path& run);
/// The runs of these folders, newest first.
std::vector<RunSummary> listRuns(const std::filesystem::path& parent);
/// The events of metrics.jsonl. Damaged lines and those of another version are passed over; a WarningEvent at
/// the end says how many. Errors as eachEvent.
Result<std::vector<Event>> readMetrics(const std::filesystem::path& run);
/// True when `path` holds a run.json.
bool isRunFolder(const std::filesystem::path& path);
/// The newest checkpoint with a manifest (checkpoints/step-N), or FileMissing; another error when the folder
/// cannot be read now.
Result<std::filesystem::path> latestCheckpoint(const std::filesystem::path& run);
/// RUN/adapter, RUN/model, or FileMissing; another error when they cannot be read now.
Result<std::filesystem::path> runResult(const std::filesystem::path& run);

}  // namespace lathe
