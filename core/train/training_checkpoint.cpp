// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/training_checkpoint.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "core/base/folder_in_progress.h"
#include "core/base/json.h"
#include "core/formats/hf/safetensors.h"

namespace lathe {
namespace fs = std::filesystem;

namespace {

constexpr int kFormatVersion = 1;
constexpr uint64_t kMaxPart = uint64_t(16) << 20;      ///< bytes of a text file
constexpr uint64_t kSpareBytes = uint64_t(256) << 10;  ///< for headers, the manifest and the folder
constexpr const char* kManifest = "MANIFEST.json";
constexpr const char* kWeights = "weights.safetensors";
constexpr const char* kOptimizer = "optimizer.safetensors";
constexpr const char* kState = "state.json";

/// The N of a folder called step-N, else -1.
int64_t checkpointStep(const fs::path& folder) {
    const std::string name = folder.filename().string();
    int64_t step = -1;
    if (name.rfind("step-", 0) != 0) return -1;
    const auto [end, failure] = std::from_chars(name.data() + 5, name.data() + name.size(), step);
    return failure == std::errc() && end == name.data() + name.size() ? step : -1;
}

/// The checkpoint folders of a run, newest first.
Result<std::vector<fs::path>> checkpointFolders(const fs::path& run) {
    std::vector<fs::path> folders;
    std::error_code failure;
    for (fs::directory_iterator it(run / "checkpoints", failure), end; !failure && it != end;
         it.increment(failure)) {
        if (checkpointStep(it->path()) >= 0) folders.push_back(it->path());
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        return systemError(failure.value(), "cannot list", run / "checkpoints");
    std::sort(folders.begin(), folders.end(),
              [](const auto& a, const auto& b) { return checkpointStep(a) > checkpointStep(b); });
    return folders;
}

/// Tensors by name, copied to the host one at a time while they are written.
class TensorFile {
  public:
    void add(const std::string& name, const at::Tensor& tensor) {
        LATHE_CHECK(m_tensors.emplace(name, tensor).second);
    }
    uint64_t bytes() const {
        uint64_t sum = 0;
        for (const auto& [name, tensor] : m_tensors) sum += uint64_t(tensor.numel()) * sizeof(float);
        return sum;
    }
    Result<void> write(const fs::path& file) const {
        std::vector<TensorAbout> about;
        for (const auto& [name, tensor] : m_tensors)
            about.push_back({name, DType::F32, tensor.sizes().vec()});
        at::Tensor host;
        return writeSafetensors(
            file, std::move(about), [&](const TensorAbout& item) -> Result<std::span<const std::byte>> {
                host = m_tensors.at(item.name).detach().to(at::kCPU).contiguous();
                return std::span(static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes());
            });
    }

  private:
    std::map<std::string, at::Tensor> m_tensors;
};

Result<void> writeManifest(const fs::path& folder) {
    Json files = Json::array();
    for (const char* name : {kWeights, kOptimizer, kState}) {
        LATHE_TRY(const std::string hash, sha256OfFile(folder / name));
        std::error_code failure;
        const uintmax_t bytes = fs::file_size(folder / name, failure);
        if (failure) return systemError(failure.value(), "cannot look at", folder / name);
        files.push_back({{"name", name}, {"bytes", bytes}, {"sha256", hash}});
    }
    const Json manifest{{"format", kFormatVersion}, {"lathe", LATHE_VERSION}, {"files", files}};
    return writeFile(folder / kManifest, dumpJson(manifest, 2) + "\n");
}

struct TensorFiles {
    TensorFile weights, moments;
    TensorFiles(const AdamW& optimizer, const StepAids& aids) {
        for (const AdamW::NamedState& item : optimizer.states()) {
            weights.add(item.name, item.master);
            moments.add(item.name + ".exp_avg", item.firstMoment);
            moments.add(item.name + ".exp_avg_sq", item.secondMoment);
        }
        for (const auto& aid : aids)
            for (const auto& [name, tensor] : aid->state()) moments.add(name, tensor);
    }
};

Error damaged(const std::string& message, const fs::path& file) {
    return {ErrorCode::FileMalformed, message, file.string(), ""};
}

/// A file of a checkpoint that can be read.
Result<void> checkThere(const fs::path& file) {
    std::error_code failure;
    const fs::file_status status = fs::status(file, failure);
    const std::string name = file.filename().string();
    if (status.type() == fs::file_type::not_found) return damaged(name + " is missing", file);
    if (failure) return systemError(failure.value(), "cannot look at", file);
    if (status.type() != fs::file_type::regular) return damaged(name + " is not a file", file);
    return {};
}

Result<Json> readPart(const fs::path& file) {
    LATHE_TRY_VOID(checkThere(file));
    LATHE_TRY(const std::string text, readTextFile(file, kMaxPart));
    return parseJson(text, file.string());
}

/// One file of the manifest; gives its name.
Result<std::string> checkFile(const fs::path& folder, const Json& entry) {
    const std::string place = (folder / kManifest).string();
    LATHE_TRY(const std::string name, jsonString(entry, "name", "", place));
    LATHE_TRY(const int64_t bytes, jsonInteger(entry, "bytes", -1, place));
    LATHE_TRY(const std::string hash, jsonString(entry, "sha256", "", place));
    if (name.empty() || name.find('/') != std::string::npos)
        return damaged("the manifest names something outside", folder / kManifest);
    const fs::path file = folder / name;
    LATHE_TRY_VOID(checkThere(file));
    std::error_code failure;
    const auto size = fs::file_size(file, failure);
    if (failure) return systemError(failure.value(), "cannot look at", file);
    if (static_cast<int64_t>(size) != bytes)
        return damaged(name + " has " + std::to_string(size) + " bytes instead of " + std::to_string(bytes),
                       file);
    LATHE_TRY(const std::string actual, sha256OfFile(file));
    if (actual != hash) return damaged(name + " is not what was written", file);
    return name;
}

/// FileMalformed when it is damaged; any other error is of this moment.
Result<void> checkCheckpoint(const fs::path& folder) {
    LATHE_TRY(const Json manifest, readPart(folder / kManifest));
    const auto files = manifest.find("files");
    if (!manifest.is_object() || files == manifest.end() || !files->is_array())
        return damaged("the manifest lists no files", folder / kManifest);
    std::set<std::string> names;
    for (const Json& file : *files) {
        LATHE_TRY(const std::string name, checkFile(folder, file));
        names.insert(name);
    }
    for (const char* name : {kWeights, kOptimizer, kState})
        if (!names.contains(name))
            return damaged("the manifest lacks " + std::string(name), folder / kManifest);
    LATHE_TRY(const Json state, readPart(folder / kState));
    LATHE_TRY(const StoredState stored, stateFromJson(state, (folder / kState).string()));
    if (stored.state.step != checkpointStep(folder))
        return damaged("the state is of step " + std::to_string(stored.state.step), folder / kState);
    return {};
}

Result<void> fill(const WeightSource& source, const std::string& name, at::Tensor target) {
    const TensorInfo* info = source.find(name);
    if (!info || info->shape != target.sizes().vec())
        return Error{ErrorCode::ModelMismatch, "the checkpoint has no such tensor of this shape", name,
                     "the model or the method changed since; start a new run"};
    at::Tensor host = at::empty(target.sizes(), at::kFloat);
    LATHE_TRY_VOID(source.readFloat(*info, {host.data_ptr<float>(), static_cast<std::size_t>(host.numel())}));
    target.copy_(host);
    return {};
}

}  // namespace

uint64_t checkpointBytes(const AdamW& optimizer, const StepAids& aids) {
    const TensorFiles files(optimizer, aids);
    return files.weights.bytes() + files.moments.bytes();
}

Result<fs::path> saveCheckpoint(const fs::path& run, const AdamW& optimizer, const TrainState& state,
                                const RandomState& random, const StepAids& aids, int keep) {
    const fs::path final = run / "checkpoints" / ("step-" + std::to_string(state.step));
    const TensorFiles files(optimizer, aids);
    const std::string text = dumpJson(stateToJson(state, random, optimizer.updates()), 2) + "\n";
    const uint64_t bytes = files.weights.bytes() + files.moments.bytes() + text.size() + kSpareBytes;
    if (auto room = checkFreeSpace(run, bytes, "the checkpoint of step " + std::to_string(state.step));
        !room.ok()) {
        Error error = room.error();
        error.hint = "free some space and resume the run; its earlier checkpoints are kept";
        return error;
    }
    FolderInProgress folder(final, IfPresent::Replace);
    LATHE_TRY_VOID(folder.begin());
    LATHE_TRY_VOID(files.weights.write(folder.path() / kWeights));
    LATHE_TRY_VOID(files.moments.write(folder.path() / kOptimizer));
    LATHE_TRY_VOID(writeFile(folder.path() / kState, text));
    LATHE_TRY_VOID(writeManifest(folder.path()));
    LATHE_TRY_VOID(folder.publish());
    // What cannot be listed now is removed after the next checkpoint.
    const auto folders = checkpointFolders(run);
    std::error_code ignored;
    for (std::size_t i = static_cast<std::size_t>(keep); folders.ok() && i < folders.value().size(); ++i)
        fs::remove_all(folders.value()[i], ignored);
    return final;
}

Result<CheckpointChoice> chooseCheckpoint(const fs::path& run) {
    CheckpointChoice choice;
    LATHE_TRY(const std::vector<fs::path> folders, checkpointFolders(run));
    for (const fs::path& folder : folders) {
        const auto checked = checkCheckpoint(folder);
        if (checked.ok()) {
            choice.folder = folder;
            return choice;
        }
        Error error = checked.error();
        if (error.code == ErrorCode::Unsupported) return error;  // of another version of Lathe
        const std::string name = folder.filename().string();
        if (error.code != ErrorCode::FileMalformed && error.code != ErrorCode::FileTooLarge) {
            error.message = "the checkpoint " + name + " cannot be read now: " + error.message;
            error.hint = "resume again when that is mended; to go on from an older one, move its folder away";
            return error;
        }
        choice.skipped.push_back({"checkpoint_damaged",
                                  "the checkpoint " + name + " is damaged and passed over: " + error.message,
                                  "the run goes on from an older one", error.place});
    }
    std::string message = "the run has no complete checkpoint";
    for (const Note& note : choice.skipped) message += "; " + note.message;
    const std::string again = "start it again: lathe-run train " + run.string() + "/recipe.yaml --out ";
    return Error{ErrorCode::FileMissing, message, run.string(),
                 again + (choice.skipped.empty() ? run.string() : "NEW")};
}

Result<RestoredCheckpoint> loadCheckpoint(const fs::path& folder, AdamW& optimizer, const StepAids& aids) {
    const at::NoGradGuard noGrad;
    LATHE_TRY(const Json json, readPart(folder / kState));
    LATHE_TRY(StoredState stored, stateFromJson(json, (folder / kState).string()));
    LATHE_TRY(const auto weights, openSafetensors(folder / kWeights));
    LATHE_TRY(const auto moments, openSafetensors(folder / kOptimizer));
    const auto states = optimizer.states();
    if (weights->tensors().size() != states.size())
        return Error{ErrorCode::ModelMismatch,
                     "the checkpoint trains " + std::to_string(weights->tensors().size()) +
                         " tensors, this run " + std::to_string(states.size()),
                     folder.string(), "the model or the method changed since; start a new run"};
    for (const AdamW::NamedState& item : states) {
        LATHE_TRY_VOID(fill(*weights, item.name, item.master));
        LATHE_TRY_VOID(fill(*moments, item.name + ".exp_avg", item.firstMoment));
        LATHE_TRY_VOID(fill(*moments, item.name + ".exp_avg_sq", item.secondMoment));
    }
    for (const auto& aid : aids)
        for (const auto& [name, tensor] : aid->state()) LATHE_TRY_VOID(fill(*moments, name, tensor));
    optimizer.restored(stored.updates);
    return RestoredCheckpoint{std::move(stored.state), std::move(stored.random)};
}

}  // namespace lathe
