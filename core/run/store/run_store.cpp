// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_store.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "core/base/files.h"
#include "core/run/events/metric_log.h"
#include "core/run/store/run_folder.h"
#include "core/run/store/run_lock.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRecordName = "run.json";
constexpr uint64_t kMaxRunRecord = uint64_t(16) << 20;

Json numbersJson(const std::map<std::string, double>& numbers) {
    Json json = Json::object();
    for (const auto& [name, value] : numbers) json[name] = std::isfinite(value) ? Json(value) : Json(nullptr);
    return json;
}

std::map<std::string, double> numbersFrom(const Json& json, const char* key) {
    std::map<std::string, double> numbers;
    const auto it = json.find(key);
    if (it == json.end() || !it->is_object()) return numbers;
    for (const auto& [name, value] : it->items())
        if (value.is_number()) numbers[name] = value.get<double>();
    return numbers;
}

/// The texts of run.json, written and read by one list.
std::vector<std::pair<const char*, std::string RunRecord::*>> textMembers() {
    return {{"name", &RunRecord::name},
            {"task", &RunRecord::task},
            {"base", &RunRecord::base},
            {"method", &RunRecord::method},
            {"device", &RunRecord::device},
            {"started", &RunRecord::started},
            {"ended", &RunRecord::ended},
            {"version", &RunRecord::version},
            {"note", &RunRecord::note},
            {"base_sha256", &RunRecord::baseSha256},
            {"problem_type", &RunRecord::problemType}};
}

std::vector<std::pair<const char*, int64_t RunRecord::*>> integerMembers() {
    return {{"trainable", &RunRecord::trainable},
            {"total", &RunRecord::total},
            {"steps", &RunRecord::steps},
            {"max_steps", &RunRecord::maxSteps},
            {"memory_bytes", &RunRecord::memoryBytes},
            {"process_id", &RunRecord::processId}};
}

Json failureJson(const Error& error) {
    return {{"code", errorCodeName(error.code)},
            {"message", error.message},
            {"place", error.place},
            {"hint", error.hint}};
}

Json recordToJson(const RunRecord& record) {
    Json json{{"status", runStatusName(record.status)}};
    for (const auto& [key, member] : textMembers()) json[key] = record.*member;
    for (const auto& [key, member] : integerMembers()) json[key] = record.*member;
    json["seconds"] = record.seconds;
    json["before"] = numbersJson(record.before);
    json["metrics"] = numbersJson(record.metrics);
    json["labels"] = record.labels;
    json["settings"] = record.settings;
    if (record.identity.is_object()) json["identity"] = record.identity;
    if (record.failure) json["failure"] = failureJson(*record.failure);
    return json;
}

Error failureFrom(const Json& json) {
    const auto text = [&](const char* key) {
        const auto it = json.find(key);
        return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
    };
    return {errorCodeFromName(text("code")), text("message"), text("place"), text("hint")};
}

Result<RunRecord> recordFromJson(const Json& json, const std::string& place) {
    if (!json.is_object()) return Error{ErrorCode::FileMalformed, "not a run record", place, ""};
    RunRecord record;
    LATHE_TRY(const std::string status, jsonString(json, "status", runStatusName(record.status), place));
    const auto named = runStatusNamed(status);
    if (!named) return Error{ErrorCode::FileMalformed, "no run has the status \"" + status + "\"", place, ""};
    record.status = *named;
    for (const auto& [key, member] : textMembers()) {
        LATHE_TRY(record.*member, jsonString(json, key, "", place));
    }
    for (const auto& [key, member] : integerMembers()) {
        LATHE_TRY(record.*member, jsonInteger(json, key, 0, place));
    }
    LATHE_TRY(record.seconds, jsonNumber(json, "seconds", 0, place));
    record.before = numbersFrom(json, "before");
    record.metrics = numbersFrom(json, "metrics");
    if (const auto it = json.find("labels"); it != json.end() && it->is_array())
        for (const auto& label : *it)
            if (label.is_string()) record.labels.push_back(label.get<std::string>());
    if (const auto it = json.find("settings"); it != json.end()) record.settings = *it;
    if (const auto it = json.find("identity"); it != json.end() && it->is_object()) record.identity = *it;
    if (const auto it = json.find("failure"); it != json.end() && it->is_object())
        record.failure = failureFrom(*it);
    return record;
}

Result<Json> readRecordJson(const fs::path& file) {
    LATHE_TRY(const std::string text, readTextFile(file, kMaxRunRecord));
    return parseJson(text, file.string());
}

Result<void> writeRecordJson(const fs::path& file, const Json& json) {
    return writeFile(file, dumpJson(json, 2) + "\n");
}

/// In place of a record that cannot be read, so that the run stays in sight.
RunRecord incompleteRecord(const fs::path& run, const Error& error) {
    RunRecord record;
    record.status = RunStatus::Incomplete;
    record.name = run.filename().string();
    record.failure = error;
    return record;
}

/// N of "step-N", or -1.
int64_t checkpointStep(const fs::path& folder) {
    const std::string name = folder.filename().string();
    if (name.rfind("step-", 0) != 0 || name.size() == 5 || name.size() > 20) return -1;
    if (!std::all_of(name.begin() + 5, name.end(), [](char c) { return c >= '0' && c <= '9'; })) return -1;
    return std::stoll(name.substr(5));
}

/// Whether it is a folder with files in it, none of them empty.
Result<bool> holdsFiles(const fs::path& folder) {
    std::error_code failure, ignored;
    bool any = false;
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
        if (it->is_regular_file(ignored) && it->file_size(ignored) == 0) return false;
        any = true;
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        return systemError(failure.value(), "cannot list", folder);
    return any;
}

}  // namespace

std::string utcNow() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

fs::path defaultRunsFolder() {
    return dataHome() / "runs";
}

Result<fs::path> createRunFolder(const fs::path& parent, const Recipe& recipe) {
    LATHE_TRY_VOID(makeFolder(parent));
    const std::string name = runFolderName(recipe);
    for (int number = 1; number < 1'000'000; ++number) {
        const fs::path folder = parent / (number == 1 ? name : name + "-" + std::to_string(number));
        LATHE_TRY(const bool made, makeNewFolder(folder));
        if (made) return folder;
    }
    return Error{ErrorCode::WriteFailed, "too many runs of one name", parent.string(), "choose another name"};
}

Result<void> writeRunRecord(const fs::path& run, const RunRecord& record) {
    return writeRecordJson(run / kRecordName, recordToJson(record));
}

Result<RunRecord> readRunRecord(const fs::path& run) {
    const fs::path file = run / kRecordName;
    LATHE_TRY(const Json json, readRecordJson(file));
    LATHE_TRY(RunRecord record, recordFromJson(json, file.string()));
    // Where the file system has no locks nobody knows whether its process still runs.
    if (record.status == RunStatus::Running && !RunLock::isOwned(run).value_or(true))
        record.status = RunStatus::Interrupted;
    return record;
}

Result<void> recordFailedResume(const fs::path& run, const Error& error) {
    const fs::path file = run / kRecordName;
    LATHE_TRY(Json json, readRecordJson(file));
    LATHE_TRY(const RunRecord record, recordFromJson(json, file.string()));
    if (record.status == RunStatus::Done) return {};
    if (record.status != RunStatus::Stopped)
        json["status"] = runStatusName(RunStatus::Failed);  // a stopped run has its result still
    json["failure"] = failureJson(error);
    return writeRecordJson(file, json);
}

std::vector<fs::path> runFolders(const fs::path& parent) {
    std::vector<fs::path> folders;
    std::error_code failure;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(parent, options, failure), end; !failure && it != end;
         it.increment(failure)) {
        const bool isRun = isRunFolder(it->path());
        if (isRun || it.depth() > 0)
            it.disable_recursion_pending();  // a project's folder holds its stages' runs
        if (isRun) folders.push_back(it->path());
    }
    return folders;
}

RunSummary summaryOf(const fs::path& run) {
    auto record = readRunRecord(run);
    return {run, record.ok() ? std::move(record).value() : incompleteRecord(run, record.error())};
}

std::vector<RunSummary> listRuns(const fs::path& parent) {
    std::vector<RunSummary> runs;
    for (const fs::path& folder : runFolders(parent)) runs.push_back(summaryOf(folder));
    std::sort(runs.begin(), runs.end(), [](const RunSummary& a, const RunSummary& b) {
        return std::tie(a.record.started, a.folder) > std::tie(b.record.started, b.folder);
    });
    return runs;
}

Result<std::vector<Event>> readMetrics(const fs::path& run) {
    std::vector<Event> events;
    LATHE_TRY(const LogFaults faults,
              eachEvent(run, [&](Event&& event) { events.push_back(std::move(event)); }));
    if (auto warning = faults.warning()) events.push_back(std::move(*warning));
    return events;
}

bool isRunFolder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path / kRecordName, ignored);
}

Result<fs::path> latestCheckpoint(const fs::path& run) {
    const fs::path parent = run / "checkpoints";
    int64_t newest = -1;
    std::error_code failure;
    for (fs::directory_iterator it(parent, failure), end; !failure && it != end; it.increment(failure)) {
        std::error_code ignored;
        if (fs::is_regular_file(it->path() / "MANIFEST.json", ignored))
            newest = std::max(newest, checkpointStep(it->path()));
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        return systemError(failure.value(), "cannot list", parent);
    if (newest < 0)
        return Error{ErrorCode::FileMissing, "the run has no complete checkpoint", run.string(),
                     "start the run again from its recipe.yaml"};
    return parent / ("step-" + std::to_string(newest));
}

Result<fs::path> runResult(const fs::path& run) {
    for (const char* name : {"adapter", "model"}) {
        LATHE_TRY(const bool holds, holdsFiles(run / name));
        if (holds) return run / name;
    }
    return Error{ErrorCode::FileMissing, "the run has no result yet", run.string(),
                 "let it finish, or resume it"};
}

}  // namespace lathe
