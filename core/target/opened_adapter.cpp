// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/target/opened_adapter.h"

#include "core/catalog/catalog.h"
#include "core/formats/gguf/gguf_adapter.h"
#include "core/formats/gguf/gguf_file.h"
#include "core/peft/peft_names.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// The run that the folder is, or is the result of; empty when there is none.
fs::path runOf(const fs::path& folder) {
    if (isRunFolder(folder)) return folder;
    for (fs::path up = folder.parent_path(); !up.empty() && up != up.root_path(); up = up.parent_path()) {
        if (isRunFolder(up)) return up;
        if (up.filename() != "adapter") break;
    }
    return {};
}

std::string nameOf(const fs::path& folder, const fs::path& run) {
    const fs::path& named = run.empty() ? folder : run;
    const fs::path whole = named.lexically_normal();
    const std::string name =
        whole.has_filename() ? whole.filename().string() : whole.parent_path().filename().string();
    return name.empty() ? "adapter" : name;
}

Result<AdapterFolder> openContent(const fs::path& path, const Json& baseConfig) {
    return isGgufFile(path) ? openGgufAdapter(path, baseConfig) : openAdapterFolder(path);
}

}  // namespace

int64_t OpenedAdapter::headSize() const {
    for (const AdapterFolder& folder : folders)
        for (const TensorInfo& tensor : folder.weights->tensors())
            for (const char* end : {".classifier.weight", ".classifier.out_proj.weight", ".score.weight"})
                if (("." + tensor.name).ends_with(end) && tensor.shape.size() == 2) return tensor.shape[0];
    return 0;
}

std::optional<HeadKind> OpenedAdapter::headKind() const {
    for (const AdapterFolder& folder : folders) {
        const OrderedJson task = folder.config.value("task_type", OrderedJson());
        const OrderedJson named = folder.config.value("model_class", OrderedJson());  // AdapterHub's
        const std::string className = named.is_string() ? named.get<std::string>() : "";
        for (const HeadKind kind : {HeadKind::TokenClassification, HeadKind::SequenceClassification})
            if ((!task.is_null() && task == peftTaskType(kind)) || className.ends_with(classSuffix(kind)))
                return kind;
    }
    return {};
}

Result<std::vector<ChosenMethod>> methodsOf(const OpenedAdapter& adapter) {
    std::vector<ChosenMethod> methods;
    for (const AdapterSet::Source& source : adapter.sources) {
        LATHE_TRY(auto settings, source.method->settingsFromAdapter(source.folder->config));
        methods.push_back({source.method, std::move(settings)});
    }
    return methods;
}

Result<std::unordered_set<std::string>> trainedBy(const OpenedAdapter& adapter, const ModelShape& shape) {
    LATHE_TRY(const auto methods, methodsOf(adapter));
    return trainedOfBase(methods, shape);
}

Result<OpenedAdapter> openAdapter(const AdapterChoice& choice, const Json& baseConfig) {
    OpenedAdapter opened;
    const fs::path run = runOf(choice.folder);
    fs::path folder = choice.folder;
    if (!run.empty()) {
        LATHE_TRY(const RunRecord record, readRunRecord(run));
        opened.labels = record.labels;
        opened.labelKind = labelKindOf(record.problemType);
        if (run == choice.folder)
            if (const auto own = adapterFolderOf(run.string())) folder = *own;
    }
    opened.name = choice.name.empty() ? nameOf(choice.folder, run) : choice.name;
    opened.place = choice.folder.string();
    opened.weight = choice.weight;
    auto paths = adaptersIn(folder);
    if (paths.empty()) paths = {folder};
    std::vector<const AdapterMethod*> methods;
    for (const fs::path& path : paths) {
        LATHE_TRY(auto content, openContent(path, baseConfig));
        LATHE_TRY(const AdapterMethod* method, methodOfAdapter(content.config, path.string()));
        opened.folders.push_back(std::move(content));
        methods.push_back(method);
    }
    for (std::size_t i = 0; i < methods.size(); ++i)
        opened.sources.push_back({methods[i], &opened.folders[i]});
    return opened;
}

}  // namespace lathe
