// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/hub_cache.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kDefaultRevision = "main";
constexpr std::string_view kFolderPrefix = "models--";
constexpr std::size_t kMaxName = 96, kMaxRevision = 250, kCommitSize = 40, kMaxRef = 1024;
/// Of a cache only so much is looked through and shown.
constexpr std::size_t kMaxEntries = 2000, kShown = 8;

struct HubName {
    std::string model, revision;  ///< "ORG/NAME", "main"
};

bool isPlain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '-' || c == '.';
}

/// Parts between slashes that are no hidden file, no way upwards and no other character than a name has.
bool isSafe(std::string_view text, std::size_t maxParts) {
    for (std::size_t parts = 1;; ++parts) {
        const auto slash = text.find('/');
        const std::string_view part = text.substr(0, slash);
        if (parts > maxParts || part.empty() || part.size() > kMaxName || part.front() == '.' ||
            part.front() == '-' || !std::all_of(part.begin(), part.end(), isPlain))
            return false;
        if (slash == std::string_view::npos) return true;
        text.remove_prefix(slash + 1);
    }
}

bool isCommit(std::string_view text) {
    return text.size() == kCommitSize && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<HubName> parseName(const std::string& text) {
    const auto at = text.find('@');
    HubName name{text.substr(0, at), at == std::string::npos ? kDefaultRevision : text.substr(at + 1)};
    const bool doubled =
        name.model.find("--") != std::string::npos || name.model.find("..") != std::string::npos;
    if (doubled || !isSafe(name.model, 2))
        return Error{ErrorCode::BadArgument, "this is no name of a model on the Hugging Face Hub", text,
                     "write hub:ORG/NAME or hub:ORG/NAME@REVISION"};
    if (name.revision.size() > kMaxRevision || name.revision.find("..") != std::string::npos ||
        !isSafe(name.revision, 8))
        return Error{ErrorCode::BadArgument, "this is no revision", text,
                     "a revision is a branch, a tag or a commit of 40 hex digits"};
    return name;
}

std::string folderName(const std::string& model) {
    std::string name(kFolderPrefix);
    for (const char c : model) name += c == '/' ? "--" : std::string(1, c);
    return name;
}

std::string modelOf(std::string folder) {
    folder.erase(0, kFolderPrefix.size());
    if (const auto dashes = folder.find("--"); dashes != std::string::npos) folder.replace(dashes, 2, "/");
    return folder;
}

std::string listed(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
    return names.size() > kShown ? text + " …" : text;
}

std::vector<std::string> modelsIn(const fs::path& cache) {
    std::vector<std::string> names;
    std::error_code failure;
    for (fs::directory_iterator it(cache, failure), end; !failure && it != end && names.size() < kMaxEntries;
         it.increment(failure))
        if (const std::string name = it->path().filename().string(); name.starts_with(kFolderPrefix))
            names.push_back(modelOf(name));
    return names;
}

/// Branches and tags, or the commits where there are none.
std::vector<std::string> revisionsIn(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code failure, ignored;
    const fs::path refs = folder / "refs";
    for (fs::recursive_directory_iterator it(refs, failure), end;
         !failure && it != end && names.size() < kMaxEntries; it.increment(failure))
        if (it->is_regular_file(ignored)) names.push_back(it->path().lexically_relative(refs).string());
    if (!names.empty()) return names;
    for (fs::directory_iterator it(folder / "snapshots", failure), end;
         !failure && it != end && names.size() < kMaxEntries; it.increment(failure))
        names.push_back(it->path().filename().string());
    return names;
}

Result<std::string> commitOf(const fs::path& folder, const HubName& name, const std::string& fetch) {
    if (isCommit(name.revision)) return name.revision;
    const fs::path ref = folder / "refs" / name.revision;
    std::error_code ignored;
    if (!fs::is_regular_file(ref, ignored)) {
        const std::string there = listed(revisionsIn(folder));
        return Error{ErrorCode::FileMissing,
                     "the cache has no revision \"" + name.revision + "\" of " + name.model, folder.string(),
                     there.empty() ? fetch : "it has " + there + "; or " + fetch};
    }
    LATHE_TRY(std::string commit, readTextFile(ref, kMaxRef));
    commit.erase(commit.find_last_not_of(" \r\n\t") + 1);
    if (!isCommit(commit))
        return Error{ErrorCode::FileMalformed, "the file should hold a commit of 40 hex digits", ref.string(),
                     fetch};
    return commit;
}

/// The value of an environment variable, a "~" at its beginning replaced; empty when unset.
fs::path pathFrom(const char* variable) {
    const char* value = std::getenv(variable);
    const std::string text = value ? value : "";
    if (text != "~" && !text.starts_with("~/")) return text;
    const char* home = std::getenv("HOME");
    return fs::path(home ? home : ".") / text.substr(std::min<std::size_t>(2, text.size()));
}

}  // namespace

fs::path hubCacheHome() {
    if (const fs::path own = pathFrom("HF_HUB_CACHE"); !own.empty()) return own;
    if (const fs::path home = pathFrom("HF_HOME"); !home.empty()) return home / "hub";
    fs::path caches = pathFrom("XDG_CACHE_HOME");
    if (caches.empty()) caches = pathFrom("HOME") / ".cache";
    return caches / "huggingface" / "hub";
}

Result<fs::path> hubModelPath(const std::string& text) {
    LATHE_TRY(const HubName name, parseName(text));
    const fs::path cache = hubCacheHome(), folder = cache / folderName(name.model);
    const std::string fetch =
        "fetch it: hf download " + name.model +
        (name.revision == kDefaultRevision ? std::string() : " --revision " + name.revision);
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) {
        const std::string there = listed(modelsIn(cache));
        return Error{ErrorCode::FileMissing, "the Hugging Face cache has no " + name.model, cache.string(),
                     there.empty() ? fetch : fetch + "; the cache has " + there};
    }
    LATHE_TRY(const std::string commit, commitOf(folder, name, fetch));
    const fs::path snapshot = folder / "snapshots" / commit;
    if (fs::is_directory(snapshot, ignored)) return snapshot;
    const std::string there = listed(revisionsIn(folder));
    return Error{ErrorCode::FileMissing, "the cache has no files of the commit " + commit, folder.string(),
                 there.empty() ? fetch : fetch + "; the cache has " + there};
}

}  // namespace lathe
