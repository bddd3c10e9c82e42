// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/adapter_folder.h"

#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {
constexpr const char* kConfigName = "adapter_config.json";
constexpr const char* kWeightsName = "adapter_model.safetensors";
}  // namespace

bool isAdapterFolder(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / kConfigName, ignored);
}

Result<AdapterFolder> openAdapterFolder(const fs::path& folder) {
    const fs::path configPath = folder / kConfigName;
    AdapterFolder adapter;
    LATHE_TRY(const std::string text, readTextFile(configPath));
    LATHE_TRY(adapter.config, parseJson(text, configPath.string()));
    LATHE_TRY(const std::string type, jsonString(adapter.config, "peft_type", "", configPath.string()));
    if (type.empty())
        return Error{ErrorCode::FileMalformed, "\"peft_type\" is missing: this is no PEFT adapter",
                     configPath.string(), ""};
    std::error_code ignored;
    if (!fs::exists(folder / kWeightsName, ignored) && fs::exists(folder / "adapter_model.bin", ignored))
        return Error{ErrorCode::Unsupported,
                     "the adapter is a pickle (adapter_model.bin), which can run code when it is read",
                     folder.string(), "save it again with safe_serialization=True"};
    LATHE_TRY(adapter.weights, openSafetensors(folder / kWeightsName));
    return adapter;
}

Result<void> writeAdapterFolder(const fs::path& folder, const Json& config,
                                const std::vector<TensorToWrite>& tensors) {
    // The configuration comes last: a folder that has it is complete.
    LATHE_TRY_VOID(writeSafetensors(folder / kWeightsName, tensors));
    return writeFile(folder / kConfigName, dumpJson(config, 2) + "\n");
}

}  // namespace lathe
