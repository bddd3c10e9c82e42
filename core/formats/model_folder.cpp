// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/model_folder.h"

#include <algorithm>
#include <vector>

#include "core/base/files.h"
#include "core/base/hash_cache.h"
#include "core/formats/gguf/gguf_file.h"
#include "core/formats/gguf/gguf_model.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/formats/hf/config_check.h"
#include "core/formats/hf/safetensors.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

bool isThere(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

std::vector<fs::path> filesWithSuffix(const fs::path& folder, std::string_view suffix) {
    std::vector<fs::path> found;
    std::error_code failure;
    for (fs::directory_iterator it(folder, failure), end; !failure && it != end; it.increment(failure)) {
        std::error_code ignored;
        if (it->path().extension() == suffix && it->is_regular_file(ignored)) found.push_back(it->path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool hasPickle(const fs::path& folder) {
    for (const char* suffix : {".bin", ".pt", ".pth", ".ckpt"})
        if (!filesWithSuffix(folder, suffix).empty()) return true;
    return false;
}

Error pickleError(const fs::path& path) {
    return {ErrorCode::Unsupported, "the weights are a pickle, which can run code when it is read",
            path.string(), "take the model as safetensors, or save it again with safe_serialization=True"};
}

/// The weight files of a folder: the index first, then model.safetensors, then the only .safetensors there
/// is.
Result<fs::path> weightsFile(const fs::path& folder) {
    if (isThere(folder / kSingleFile)) return folder / kSingleFile;
    if (isThere(folder / kIndexFile)) return folder / kIndexFile;
    const auto others = filesWithSuffix(folder, ".safetensors");
    if (others.size() == 1) return others.front();
    if (others.empty() && hasPickle(folder)) return pickleError(folder);
    return Error{ErrorCode::FileMissing,
                 others.empty() ? "the folder has no weights (model.safetensors)"
                                : "the folder has several .safetensors files and no index that orders them",
                 folder.string(), "choose a model folder as Hugging Face writes it, or a .gguf file"};
}

/// transformers 5 keeps the rotary settings in one dictionary and renames torch_dtype; readers here know v4
/// keys.
void addOlderKeys(Json& config) {
    if (const auto rope = config.find("rope_parameters"); rope != config.end() && rope->is_object()) {
        const Json parameters = *rope;
        if (!config.contains("rope_theta") && parameters.contains("rope_theta"))
            config["rope_theta"] = parameters["rope_theta"];
        const auto type = parameters.find("rope_type");
        const bool scaled = type != parameters.end() && type->is_string() && *type != "default";
        if (!config.contains("rope_scaling") && scaled) {
            Json scaling = parameters;
            scaling.erase("rope_theta");
            config["rope_scaling"] = std::move(scaling);
        }
    }
    if (!config.contains("torch_dtype") && config.contains("dtype")) config["torch_dtype"] = config["dtype"];
}

Result<Json> readConfig(const fs::path& path) {
    LATHE_TRY(const std::string text, readTextFile(path, kMaxConfigFile));
    LATHE_TRY(Json config, parseJson(text, path.string()));
    LATHE_TRY(const std::string modelType, jsonString(config, "model_type", "", path.string()));
    if (modelType.empty())
        return Error{ErrorCode::FileMalformed, "\"model_type\" is missing, so the architecture is not known",
                     path.string(), "it stands in the config.json of the model's source"};
    addOlderKeys(config);
    return config;
}

Result<ModelSource> openFolder(const fs::path& folder) {
    if (!isThere(folder / "config.json")) {
        if (const auto ggufs = filesWithSuffix(folder, ".gguf"); ggufs.size() == 1)
            return openGgufModel(ggufs.front());
        const bool adapter = isAdapterFolder(folder);
        return Error{ErrorCode::FileMissing,
                     adapter ? "the folder holds an adapter, not a model" : "the folder has no config.json",
                     folder.string(),
                     adapter ? "name its base, and the folder as the adapter"
                             : "choose a model folder as Hugging Face writes it, or a .gguf file"};
    }
    ModelSource source{folder, "safetensors", {}, nullptr, nullptr};
    LATHE_TRY(source.config, readConfig(folder / "config.json"));
    LATHE_TRY(const fs::path weights, weightsFile(folder));
    auto opened = weights.filename() == kIndexFile ? openSafetensorsIndex(weights) : openSafetensors(weights);
    if (!opened.ok() && opened.error().code == ErrorCode::Unsupported &&
        source.config.contains("quantization_config"))
        return quantizedError(source.config, (folder / "config.json").string());
    if (!opened.ok()) return opened.error();
    source.weights = std::move(opened).value();
    LATHE_TRY_VOID(checkQuantization(source));
    weighHead(source);
    return source;
}

}  // namespace

Result<ModelSource> openModel(const fs::path& path) {
    std::error_code ignored;
    if (!isThere(path))
        return Error{ErrorCode::FileMissing, "there is no such model", path.string(),
                     "give a model folder, a .gguf file, shelf:NAME or hub:ORG/NAME"};
    if (fs::is_directory(path, ignored)) return openFolder(path);
    if (isGgufFile(path) || path.extension() == ".gguf") return openGgufModel(path);
    for (const char* suffix : {".bin", ".pt", ".pth", ".ckpt"})
        if (path.extension() == suffix) return pickleError(path);
    return Error{ErrorCode::Unsupported, "neither a model folder nor a .gguf file", path.string(),
                 path.extension() == ".safetensors" ? "choose the folder that the file lies in" : ""};
}

Result<std::string> weightsSha256(const fs::path& path) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) return cachedSha256(path);
    auto files = filesWithSuffix(path, ".safetensors");
    if (files.empty()) files = filesWithSuffix(path, ".gguf");
    if (files.empty()) return Error{ErrorCode::FileMissing, "the folder has no weights", path.string(), ""};
    if (files.size() == 1) return cachedSha256(files.front());
    std::string hashes;
    for (const fs::path& file : files) {
        LATHE_TRY(const std::string hash, cachedSha256(file));
        hashes += hash + "  " + file.filename().string() + "\n";
    }
    return sha256(hashes);
}

}  // namespace lathe
