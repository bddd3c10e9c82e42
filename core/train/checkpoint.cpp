// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>

#include "core/base/folder_in_progress.h"
#include "core/base/json.h"
#include "core/formats/safetensors.h"

namespace lathe {
namespace fs = std::filesystem;

namespace {

constexpr int kFormatVersion = 1;
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

std::string toHex(const std::string& bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
    }
    return hex;
}

Result<std::string> fromHex(const std::string& hex, const std::string& place) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned value = 0;
        const auto [end, failure] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        if (failure != std::errc() || end != hex.data() + i + 2)
            return Error{ErrorCode::FileMalformed, "the random state is no hexadecimal text", place, ""};
        bytes += static_cast<char>(value);
    }
    return bytes;
}

std::string bytesOf(const at::Tensor& state) {
    return {static_cast<const char*>(state.const_data_ptr()), static_cast<std::size_t>(state.numel())};
}

/// The checkpoint folders of a run, newest first.
std::vector<fs::path> checkpointFolders(const fs::path& run) {
    std::vector<fs::path> folders;
    std::error_code failure;
    for (fs::directory_iterator it(run / "checkpoints", failure), end; !failure && it != end;
         it.increment(failure)) {
        if (checkpointStep(it->path()) >= 0) folders.push_back(it->path());
    }
    std::sort(folders.begin(), folders.end(),
              [](const auto& a, const auto& b) { return checkpointStep(a) > checkpointStep(b); });
    return folders;
}

/// Host copies that live until the file is written.
struct HostTensors {
    std::vector<at::Tensor> kept;
    std::vector<TensorToWrite> list;
    void add(const std::string& name, const at::Tensor& tensor) {
        kept.push_back(tensor.detach().to(at::kCPU).contiguous());
        const at::Tensor& host = kept.back();
        list.push_back({name,
                        DType::F32,
                        host.sizes().vec(),
                        {static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()}});
    }
};

/// JSON has no name for infinity and NaN: they are texts in state.json.
Json exactJson(double value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

Json exactJson(const std::map<std::string, double>& numbers) {
    Json json = Json::object();
    for (const auto& [name, value] : numbers) json[name] = exactJson(value);
    return json;
}

/// Of an absent key 0.
Result<double> exactNumber(const Json& json, const std::string& key, const std::string& place) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    static const std::map<std::string, double> named{
        {"nan", std::numeric_limits<double>::quiet_NaN()}, {"inf", kInfinity}, {"-inf", -kInfinity}};
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) return jsonNumber(json, key.c_str(), 0, place);
    const auto value = named.find(found->get<std::string>());
    if (value != named.end()) return value->second;
    return Error{ErrorCode::FileMalformed, "\"" + key + "\" is no number", place, ""};
}

Json stateToJson(const TrainState& state, const RandomState& random, int64_t updates) {
    return {{"format", kFormatVersion},
            {"step", state.step},
            {"updates", updates},
            {"epoch", state.cursor.epoch},
            {"row", state.cursor.row},
            {"tokens", state.tokens},
            {"seconds", exactJson(state.seconds)},
            {"loss_since_log", exactJson(state.lossSinceLog)},
            {"steps_since_log", state.stepsSinceLog},
            {"train_loss", exactJson(state.trainLoss)},
            {"before", exactJson(state.before)},
            {"metrics", exactJson(state.metrics)},
            {"best_metric", exactJson(state.bestMetric)},
            {"best_step", state.bestStep},
            {"evaluation_due", state.evaluationDue},
            {"random_cpu", toHex(random.cpu)},
            {"random_device", toHex(random.device)}};
}

Result<std::map<std::string, double>> numbersFromJson(const Json& json, const char* key,
                                                      const std::string& place) {
    std::map<std::string, double> numbers;
    const auto found = json.find(key);
    if (found == json.end() || !found->is_object()) return numbers;
    for (const auto& [name, value] : found->items()) {
        LATHE_TRY(numbers[name], exactNumber(*found, name, place));
    }
    return numbers;
}

Result<RestoredCheckpoint> stateFromJson(const Json& json, const std::string& place, int64_t& updates) {
    RestoredCheckpoint result;
    TrainState& state = result.state;
    LATHE_TRY(const int64_t format, jsonInteger(json, "format", 0, place));
    if (format != kFormatVersion)
        return Error{ErrorCode::Unsupported, "the checkpoint has format " + std::to_string(format), place,
                     "resume it with the version of Lathe that wrote it"};
    LATHE_TRY(state.step, jsonInteger(json, "step", 0, place));
    LATHE_TRY(updates, jsonInteger(json, "updates", 0, place));
    LATHE_TRY(state.cursor.epoch, jsonInteger(json, "epoch", 0, place));
    LATHE_TRY(state.cursor.row, jsonInteger(json, "row", 0, place));
    LATHE_TRY(state.tokens, jsonInteger(json, "tokens", 0, place));
    LATHE_TRY(state.seconds, exactNumber(json, "seconds", place));
    LATHE_TRY(state.lossSinceLog, exactNumber(json, "loss_since_log", place));
    LATHE_TRY(state.stepsSinceLog, jsonInteger(json, "steps_since_log", 0, place));
    LATHE_TRY(state.trainLoss, exactNumber(json, "train_loss", place));
    LATHE_TRY(state.before, numbersFromJson(json, "before", place));
    LATHE_TRY(state.metrics, numbersFromJson(json, "metrics", place));
    LATHE_TRY(state.bestMetric, exactNumber(json, "best_metric", place));
    LATHE_TRY(state.bestStep, jsonInteger(json, "best_step", -1, place));
    LATHE_TRY(state.evaluationDue, jsonBool(json, "evaluation_due", false, place));
    LATHE_TRY(const std::string cpu, jsonString(json, "random_cpu", "", place));
    LATHE_TRY(const std::string device, jsonString(json, "random_device", "", place));
    LATHE_TRY(result.random.cpu, fromHex(cpu, place));
    LATHE_TRY(result.random.device, fromHex(device, place));
    return result;
}

Result<void> writeManifest(const fs::path& folder) {
    Json files = Json::array();
    for (const char* name : {kWeights, kOptimizer, kState}) {
        LATHE_TRY(const std::string hash, sha256OfFile(folder / name));
        files.push_back({{"name", name}, {"bytes", fs::file_size(folder / name)}, {"sha256", hash}});
    }
    const Json manifest{{"format", kFormatVersion}, {"lathe", LATHE_VERSION}, {"files", files}};
    return writeFile(folder / kManifest, dumpJson(manifest, 2) + "\n");
}

Result<void> writeParts(const fs::path& folder, const AdamW& optimizer, const TrainState& state,
                        const RandomState& random, const StepAids& aids) {
    HostTensors weights, moments;
    for (const AdamW::NamedState& item : optimizer.states()) {
        weights.add(item.name, item.master);
        moments.add(item.name + ".exp_avg", item.firstMoment);
        moments.add(item.name + ".exp_avg_sq", item.secondMoment);
    }
    for (const auto& aid : aids)
        for (const auto& [name, tensor] : aid->state()) moments.add(name, tensor);
    LATHE_TRY_VOID(writeSafetensors(folder / kWeights, weights.list));
    LATHE_TRY_VOID(writeSafetensors(folder / kOptimizer, moments.list));
    LATHE_TRY_VOID(
        writeFile(folder / kState, dumpJson(stateToJson(state, random, optimizer.updates()), 2) + "\n"));
    return writeManifest(folder);
}

/// Every file of the manifest is there, of its size, with its hash.
bool isIntact(const fs::path& folder) {
    const auto text = readTextFile(folder / kManifest, 1 << 20);
    if (!text) return false;
    const auto manifest = parseJson(text.value(), (folder / kManifest).string());
    if (!manifest || !manifest.value().is_object()) return false;
    const auto files = manifest.value().find("files");
    if (files == manifest.value().end() || !files->is_array()) return false;
    std::set<std::string> names;
    for (const Json& file : *files) {
        const auto name = jsonString(file, "name", "", "");
        const auto bytes = jsonInteger(file, "bytes", -1, "");
        const auto hash = jsonString(file, "sha256", "", "");
        if (!name || !bytes || !hash || name.value().find('/') != std::string::npos) return false;
        std::error_code failure;
        const auto size = fs::file_size(folder / name.value(), failure);
        if (failure || static_cast<int64_t>(size) != bytes.value()) return false;
        const auto actual = sha256OfFile(folder / name.value());
        if (!actual || actual.value() != hash.value()) return false;
        names.insert(name.value());
    }
    return names.contains(kWeights) && names.contains(kOptimizer) && names.contains(kState);
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

RandomState captureRandomState(at::Device device) {
    RandomState state;
    const auto read = [](at::Device where) {
        at::Generator generator = at::globalContext().defaultGenerator(where);
        const std::scoped_lock lock(generator.mutex());
        return bytesOf(generator.get_state());
    };
    state.cpu = read(at::kCPU);
    if (!device.is_cpu()) state.device = read(device);
    return state;
}

Result<void> restoreRandomState(const RandomState& state, at::Device device) {
    const auto write = [](at::Device where, const std::string& bytes) -> Result<void> {
        at::Generator generator = at::globalContext().defaultGenerator(where);
        const std::scoped_lock lock(generator.mutex());
        const at::Tensor current = generator.get_state();
        if (static_cast<std::size_t>(current.numel()) != bytes.size())
            return Error{ErrorCode::ModelMismatch,
                         "the checkpoint's random state is of another build or device", "state.json",
                         "resume on the kind of device where the run began"};
        at::Tensor wanted = at::empty_like(current);
        std::copy(bytes.begin(), bytes.end(), static_cast<char*>(wanted.data_ptr()));
        generator.set_state(wanted);
        return {};
    };
    LATHE_TRY_VOID(write(at::kCPU, state.cpu));
    if (!device.is_cpu()) LATHE_TRY_VOID(write(device, state.device));
    return {};
}

Result<fs::path> saveCheckpoint(const fs::path& run, const AdamW& optimizer, const TrainState& state,
                                const RandomState& random, const StepAids& aids, int keep) {
    const fs::path final = run / "checkpoints" / ("step-" + std::to_string(state.step));
    FolderInProgress folder(final, IfPresent::Replace);
    LATHE_TRY_VOID(folder.begin());
    LATHE_TRY_VOID(writeParts(folder.path(), optimizer, state, random, aids));
    LATHE_TRY_VOID(folder.publish());
    const std::vector<fs::path> folders = checkpointFolders(run);
    std::error_code ignored;
    for (std::size_t i = static_cast<std::size_t>(keep); i < folders.size(); ++i)
        fs::remove_all(folders[i], ignored);
    return final;
}

Result<fs::path> newestIntactCheckpoint(const fs::path& run) {
    for (const fs::path& folder : checkpointFolders(run)) {
        if (isIntact(folder)) return folder;
    }
    return Error{ErrorCode::FileMissing, "the run has no complete checkpoint", run.string(),
                 "start the run again from its recipe.yaml"};
}

Result<RestoredCheckpoint> loadCheckpoint(const fs::path& folder, AdamW& optimizer, const StepAids& aids) {
    const at::NoGradGuard noGrad;
    const std::string place = (folder / kState).string();
    LATHE_TRY(const std::string text, readTextFile(folder / kState));
    LATHE_TRY(const Json json, parseJson(text, place));
    int64_t updates = 0;
    LATHE_TRY(RestoredCheckpoint result, stateFromJson(json, place, updates));
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
    optimizer.restored(updates);
    return result;
}

}  // namespace lathe
