// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/adapter_io.h"

#include <set>

namespace lathe {
namespace {

constexpr const char* kPrefix = "base_model.model.";

/// Every parameter an adapter file holds: what was added, and what of the base trains.
std::vector<std::string> storedParameters(const MethodPlan& plan) {
    std::vector<std::string> names;
    for (const auto& added : plan.added) names.push_back(added.name);
    names.insert(names.end(), plan.trainedBase.begin(), plan.trainedBase.end());
    return names;
}

std::string shapeText(at::IntArrayRef shape) {
    std::string text;
    for (const auto size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
    return text;
}

Result<void> fill(at::Tensor& parameter, const WeightSource& weights, const std::string& name) {
    const TensorInfo* info = weights.find(name);
    if (!info) return Error{ErrorCode::ModelMismatch, "the adapter has no such tensor", name, ""};
    if (parameter.sizes() != at::IntArrayRef(info->shape))
        return Error{ErrorCode::ModelMismatch,
                     "the adapter's tensor is " + shapeText(info->shape) + ", the base wants " +
                         shapeText(parameter.sizes()),
                     name, "the adapter was made for another base"};
    at::Tensor values = at::empty(parameter.sizes(), at::kFloat);
    LATHE_TRY_VOID(
        weights.readFloat(*info, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())}));
    const torch::NoGradGuard guard;
    parameter.copy_(values);
    return {};
}

/// With bias = all PEFT writes a saved module's biases twice more, under the names its wrapper has in memory.
bool repeatsHead(const std::string& name) {
    return name.find(".modules_to_save.") != std::string::npos ||
           name.find(".original_module.") != std::string::npos;
}

}  // namespace

Result<void> saveAdapter(LanguageModel& model, const AdapterMethod& method, const MethodSettings& settings,
                         const std::string& basePath, const std::filesystem::path& folder) {
    LATHE_TRY(const auto plan, method.plan(settings, model.shape()));
    const auto parameters = model.named_parameters();
    std::vector<at::Tensor> held;
    std::vector<TensorToWrite> tensors;
    for (const auto& name : storedParameters(plan)) {
        const at::Tensor* parameter = parameters.find(name);
        LATHE_CHECK(parameter);
        held.push_back(parameter->detach().to(at::kCPU, at::kFloat).contiguous());
        const at::Tensor& values = held.back();
        tensors.push_back({kPrefix + method.fileName(name, plan),
                           DType::F32,
                           values.sizes().vec(),
                           {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    }
    return writeAdapterFolder(folder, method.adapterConfig(settings, model.shape(), basePath), tensors);
}

Result<MethodSettings> loadAdapter(LanguageModel& model, const AdapterMethod& method,
                                   const AdapterFolder& adapter) {
    LATHE_TRY(auto settings, method.settingsFromAdapter(adapter.config));
    LATHE_TRY(const auto plan, method.plan(settings, model.shape()));
    LATHE_TRY_VOID(method.attach(settings, model, 0));
    auto parameters = model.named_parameters();
    std::set<std::string> used;
    for (const auto& name : storedParameters(plan)) {
        const std::string stored = kPrefix + method.fileName(name, plan);
        LATHE_TRY_VOID(fill(*parameters.find(name), *adapter.weights, stored));
        used.insert(stored);
    }
    for (const auto& tensor : adapter.weights->tensors())
        if (!used.count(tensor.name) && !repeatsHead(tensor.name))
            return Error{ErrorCode::ModelMismatch,
                         "the adapter holds a tensor that has no place in this base", tensor.name,
                         "the adapter was made for another base or with options this build does not have"};
    return settings;
}

}  // namespace lathe
