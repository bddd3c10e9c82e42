// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/adapter_io.h"

#include <algorithm>
#include <set>

#include "core/base/files.h"
#include "core/peft/peft_names.h"

namespace lathe {
namespace {

constexpr double kTableTolerance = 1e-2;  ///< of a table that was kept in bfloat16

std::string shapeText(at::IntArrayRef shape) {
    std::string text;
    for (const auto size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
    return text;
}

Result<void> fill(at::Tensor& parameter, const WeightSource& weights, const std::string& name,
                  bool leadsLonger = false) {
    const TensorInfo* info = weights.find(name);
    if (!info) return Error{ErrorCode::ModelMismatch, "the adapter has no such tensor", name, ""};
    std::vector<int64_t> doubled = parameter.sizes().vec();
    if (leadsLonger) doubled.front() *= 2;
    if (info->shape != doubled && parameter.sizes() != at::IntArrayRef(info->shape))
        return Error{ErrorCode::ModelMismatch,
                     "the adapter's tensor is " + shapeText(info->shape) + ", the base wants " +
                         shapeText(parameter.sizes()),
                     name, "the adapter was made for another base"};
    at::Tensor values = at::empty(info->shape, at::kFloat);
    LATHE_TRY_VOID(
        weights.readFloat(*info, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())}));
    const torch::NoGradGuard guard;
    parameter.copy_(values.narrow(0, 0, parameter.size(0)));
    return {};
}

/// With bias = all PEFT writes a saved module's biases twice more, under the names its wrapper has in memory.
bool repeatsHead(const std::string& name) {
    return name.find(".modules_to_save.") != std::string::npos ||
           name.find(".original_module.") != std::string::npos;
}

/// The model's own table that a stored one repeats: PEFT puts those of embedding and head into the folder
/// when one of them is adapted, when they are kept one (ensure_weight_tying), or when asked to. Null for
/// another tensor.
at::Tensor repeatedTable(LanguageModel& model, const std::string& name) {
    const std::string begin = kPeftPrefix;
    if (!name.starts_with(begin) || !name.ends_with(".weight")) return {};
    std::string module =
        name.substr(begin.size(), name.size() - begin.size() - std::string(".weight").size());
    if (const auto wrapped = module.rfind(".base_layer"); wrapped != std::string::npos) module.erase(wrapped);
    const bool isHead = module == kLanguageHead;
    const auto parameters = model.named_parameters();
    const at::Tensor* own = parameters.find(module + ".weight");
    if (own && (isHead || model.lookups().count(module))) return *own;
    return isHead && model.shape().tiedHead ? model.wordEmbeddings() : at::Tensor();
}

/// Whether `tensor` repeats such a table; ModelMismatch when it holds other rows.
Result<bool> repeatsTable(LanguageModel& model, const WeightSource& weights, const TensorInfo& tensor) {
    const at::Tensor table = repeatedTable(model, tensor.name);
    if (!table.defined()) return false;
    const at::Tensor own = table.detach().to(at::kCPU, at::kFloat);
    at::Tensor values = own.clone();
    LATHE_TRY_VOID(fill(values, weights, tensor.name));
    if (at::allclose(values, own, kTableTolerance, kTableTolerance)) return true;
    return Error{
        ErrorCode::ModelMismatch, "the adapter holds other rows than the base's table", tensor.name,
        "the adapter was made for another base, or the base was changed before the adapter was trained"};
}

}  // namespace

Result<void> saveAdapter(LanguageModel& model, const AdapterMethod& method, const MethodSettings& settings,
                         const std::string& basePath, const std::filesystem::path& folder) {
    LATHE_TRY([[maybe_unused]] const auto plan, method.plan(settings, model.shape()));
    std::vector<at::Tensor> held;
    std::vector<TensorToWrite> tensors;
    for (const StoredTensor& item : method.stored(settings, model)) {
        held.push_back(item.tensor.detach().to(at::kCPU, at::kFloat).contiguous());
        const at::Tensor& values = held.back();
        tensors.push_back({item.name,
                           DType::F32,
                           values.sizes().vec(),
                           {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    }
    return writeAdapterFolder(folder, method.adapterConfig(settings, model.shape(), basePath), tensors);
}

Result<void> saveAdapters(LanguageModel& model, const std::vector<ChosenMethod>& methods,
                          const std::string& basePath, const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& [method, settings] : methods) {
        const auto* adapter = method->asAdapter();
        LATHE_CHECK(adapter);
        if (methods.size() == 1) return saveAdapter(model, *adapter, settings, basePath, folder);
        // Two of one kind, on different layers, are told apart by a number.
        std::string name = settings.name;
        if (std::find(names.begin(), names.end(), name) != names.end())
            name += "-" + std::to_string(names.size() + 1);
        LATHE_TRY_VOID(makeFolder(folder / name));
        LATHE_TRY_VOID(saveAdapter(model, *adapter, settings, basePath, folder / name));
        names.push_back(name);
    }
    return writeAdapterList(folder, names);
}

Result<MethodSettings> loadAdapter(LanguageModel& model, const AdapterMethod& method,
                                   const AdapterFolder& adapter) {
    LATHE_TRY(auto settings, method.settingsFromAdapter(adapter.config));
    LATHE_TRY([[maybe_unused]] const auto plan, method.plan(settings, model.shape()));
    LATHE_TRY_VOID(method.attach(settings, model, {}));
    std::set<std::string> used;
    std::set<const void*> filled;
    for (StoredTensor& item : method.stored(settings, model)) {
        // A table that is stored twice is read once; its second copy is compared below.
        if (!filled.insert(item.tensor.unsafeGetTensorImpl()).second) continue;
        used.insert(item.name);
        if (!item.optional || adapter.weights->find(item.name))
            LATHE_TRY_VOID(fill(item.tensor, *adapter.weights, item.name, item.leadsLonger));
    }
    for (const auto& tensor : adapter.weights->tensors()) {
        if (used.count(tensor.name) || repeatsHead(tensor.name)) continue;
        LATHE_TRY(const bool known, repeatsTable(model, *adapter.weights, tensor));
        if (!known)
            return Error{ErrorCode::ModelMismatch,
                         "the adapter holds a tensor that has no place in this base", tensor.name,
                         "the adapter was made for another base or with options this build does not have"};
    }
    return settings;
}

}  // namespace lathe
