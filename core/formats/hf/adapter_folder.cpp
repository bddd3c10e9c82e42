// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/adapter_folder.h"

#include "core/base/config_view.h"
#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {
constexpr const char* kConfigName = "adapter_config.json";
constexpr const char* kWeightsName = "adapter_model.safetensors";
constexpr const char* kHubWeightsName = "adapter.safetensors";
constexpr const char* kListName = "adapters.json";
constexpr const char* kHubHeadName = "model_head.safetensors";

/// The tensors of two files as one source.
class JoinedSource : public WeightSource {
  public:
    JoinedSource(std::unique_ptr<WeightSource> first, std::unique_ptr<WeightSource> second)
        : m_first(std::move(first)), m_second(std::move(second)), m_tensors(m_first->tensors()) {
        const auto& more = m_second->tensors();
        m_tensors.insert(m_tensors.end(), more.begin(), more.end());
    }
    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        const TensorInfo* info = m_first->find(name);
        return info ? info : m_second->find(name);
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        const bool ofFirst = m_first->find(info.name) != nullptr;
        return (ofFirst ? m_first : m_second)->readFloat(*find(info.name), out);
    }

  private:
    std::unique_ptr<WeightSource> m_first, m_second;
    std::vector<TensorInfo> m_tensors;
};

Result<std::unique_ptr<WeightSource>> openHubWeights(const fs::path& folder) {
    LATHE_TRY(std::unique_ptr<WeightSource> weights, openSafetensors(folder / kHubWeightsName));
    std::error_code ignored;
    if (!fs::exists(folder / kHubHeadName, ignored)) return weights;
    LATHE_TRY(std::unique_ptr<WeightSource> head, openSafetensors(folder / kHubHeadName));
    return std::unique_ptr<WeightSource>(std::make_unique<JoinedSource>(std::move(weights), std::move(head)));
}

Result<void> writeHubWeights(const fs::path& folder, const OrderedJson& config,
                             const std::vector<TensorToWrite>& tensors) {
    std::vector<TensorToWrite> adapter, head;
    for (const TensorToWrite& tensor : tensors)
        (tensor.name.find(".adapters.") != std::string::npos ? adapter : head).push_back(tensor);
    LATHE_TRY_VOID(writeSafetensors(folder / kHubWeightsName, adapter));
    if (head.empty()) return {};
    OrderedJson about{{"config", nullptr}};
    for (const char* key : {"hidden_size", "model_class", "model_type", "name", "version"})
        about[key] = config.value(key, OrderedJson());
    LATHE_TRY_VOID(writeFile(folder / "head_config.json", dumpJson(about, 2) + "\n"));
    return writeSafetensors(folder / kHubHeadName, head);
}

}  // namespace

bool isAdapterHubConfig(const OrderedJson& config) {
    const auto own = config.find("config");
    return own != config.end() && own->is_object() && own->contains("reduction_factor") &&
           !config.contains("peft_type");
}

bool isAdapterFolder(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / kConfigName, ignored);
}

std::vector<fs::path> adaptersIn(const fs::path& folder) {
    if (isAdapterFolder(folder)) return {folder};
    const auto text = readTextFile(folder / kListName, kMaxConfigFile);
    if (!text.ok()) return {};
    const auto list = parseJson(text.value(), (folder / kListName).string());
    if (!list.ok() || !list.value().is_object()) return {};
    const auto names = list.value().find("adapters");
    if (names == list.value().end() || !names->is_array()) return {};
    std::vector<fs::path> found;
    for (const Json& name : *names) {
        if (!name.is_string() || name.get<std::string>().find('/') != std::string::npos) return {};
        const fs::path path = folder / name.get<std::string>();
        if (!isAdapterFolder(path)) return {};
        found.push_back(path);
    }
    return found;
}

Result<void> writeAdapterList(const fs::path& folder, const std::vector<std::string>& names) {
    return writeFile(folder / kListName, dumpJson(Json{{"adapters", names}}, 2) + "\n");
}

Result<AdapterFolder> openAdapterFolder(const fs::path& folder) {
    const fs::path configPath = folder / kConfigName;
    AdapterFolder adapter;
    LATHE_TRY(const std::string text, readTextFile(configPath, kMaxConfigFile));
    LATHE_TRY(adapter.config, parseOrderedJson(text, configPath.string()));
    if (!adapter.config.is_object())
        return Error{ErrorCode::FileMalformed, "must be an object with keys and values", configPath.string(),
                     ""};
    if (isAdapterHubConfig(adapter.config)) {
        LATHE_TRY(adapter.weights, openHubWeights(folder));
        return adapter;
    }
    LATHE_TRY(const std::string type,
              ConfigView(adapter.config, configPath.string()).textOr("peft_type", ""));
    if (type.empty())
        return Error{ErrorCode::FileMalformed,
                     "\"peft_type\" is missing: this is no adapter of PEFT or AdapterHub",
                     configPath.string(), ""};
    std::error_code ignored;
    if (!fs::exists(folder / kWeightsName, ignored) && fs::exists(folder / "adapter_model.bin", ignored))
        return Error{ErrorCode::Unsupported,
                     "the adapter is a pickle (adapter_model.bin), which can run code when it is read",
                     folder.string(), "save it again with safe_serialization=True"};
    LATHE_TRY(adapter.weights, openSafetensors(folder / kWeightsName));
    return adapter;
}

Result<void> writeAdapterFolder(const fs::path& folder, const OrderedJson& config,
                                const std::vector<TensorToWrite>& tensors) {
    // The configuration comes last: a folder that has it is complete.
    LATHE_TRY_VOID(isAdapterHubConfig(config) ? writeHubWeights(folder, config, tensors)
                                              : writeSafetensors(folder / kWeightsName, tensors));
    std::map<std::string, OrderedJson> sorted;
    for (const auto& item : config.items()) sorted[item.key()] = item.value();
    return writeFile(folder / kConfigName, dumpJson(OrderedJson(sorted), 2) + "\n");
}

}  // namespace lathe
