// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_folder.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/files.h"
#include "core/base/unfinished.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 7> kLeftovers{
    "run.json", "recipe.yaml", "metrics.jsonl", "checkpoints", "evaluations", "adapter", "model"};

Result<std::vector<std::string>> namesIn(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code failure;
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure))
        names.push_back(it->path().filename().string());
    if (failure) return systemError(failure.value(), "cannot list", folder);
    std::sort(names.begin(), names.end());
    return names;
}

Error taken(const fs::path& run) {
    return {ErrorCode::BadArgument, "this folder already holds a run", run.string(),
            "name another folder, or use lathe-run resume"};
}

/// Whether a new run may be made there.
Result<void> checkFree(const fs::path& run) {
    LATHE_TRY(const std::vector<std::string> names, namesIn(run));
    const auto has = [&](const char* name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const bool ours = has("run.json") || has("lock");
    for (const std::string& name : names) {
        const bool known = std::find(kLeftovers.begin(), kLeftovers.end(), name) != kLeftovers.end() ||
                           name == "lock" || isUnfinishedName(name);
        if (!ours || !known)
            return Error{ErrorCode::BadArgument, "the folder is not empty: it holds " + name, run.string(),
                         "name a new folder"};
    }
    if (names.empty()) return {};
    for (const auto& kept : {latestCheckpoint(run), runResult(run)}) {
        if (kept.ok()) return taken(run);
        if (kept.error().code != ErrorCode::FileMissing) return kept.error();
    }
    if (!has("run.json")) return {};
    const auto record = readRunRecord(run);
    if (record.ok() && record.value().status == RunStatus::Done) return taken(run);
    return {};
}

}  // namespace

std::string runFolderName(const Recipe& recipe) {
    const std::string& name = recipe.name.empty() ? recipe.task : recipe.name;
    std::string safe;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || (static_cast<unsigned char>(c) & 0x80);
        safe += plain ? c : '-';
    }
    while (!safe.empty() && safe.front() == '.') safe.erase(safe.begin());
    return safe.empty() ? "run" : safe.substr(0, 80);
}

Result<void> checkNewRun(const fs::path& run) {
    std::error_code failure;
    const fs::file_status status = fs::status(run, failure);
    if (status.type() == fs::file_type::not_found) return {};
    if (failure) return systemError(failure.value(), "cannot look at", run);
    if (status.type() != fs::file_type::directory)
        return Error{ErrorCode::BadArgument, "this is not a folder", run.string(), "name a new folder"};
    if (!RunLock::isOwned(run).value_or(false)) return checkFree(run);
    const auto reading = RunLock::share(run);
    return reading.ok() ? Result<void>() : reading.error();
}

Result<RunLock> claimNewRun(const fs::path& run) {
    LATHE_TRY_VOID(checkNewRun(run));
    LATHE_TRY_VOID(makeFolder(run));
    LATHE_TRY(RunLock lock, RunLock::own(run));
    // Another process may have been first, and have ended since.
    LATHE_TRY_VOID(checkFree(run));
    for (const std::string_view name : kLeftovers) {
        std::error_code failure;
        fs::remove_all(run / name, failure);
        if (failure) return systemError(failure.value(), "cannot remove", run / name);
    }
    return lock;
}

}  // namespace lathe
