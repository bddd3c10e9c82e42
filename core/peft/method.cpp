// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/method.h"

#include <algorithm>

namespace lathe {

MethodSettings defaultSettings(const MethodEntry& entry) {
    MethodSettings settings{entry.name, {}};
    for (const Field& field : entry.fields) settings.values[field.key] = field.fallback;
    return settings;
}

Result<MethodSettings> checkedSettings(const MethodEntry& entry, MethodSettings settings,
                                       const std::string& place) {
    for (const Field& field : entry.fields)
        if (const auto fault = fieldFault(field, settings.values[field.key]))
            return Error{ErrorCode::FileMalformed, field.key + " " + *fault, place, ""};
    return settings;
}

void trainHead(const ModelShape& shape, MethodPlan& plan) {
    if (!shape.trainsHead()) return;
    for (const ParameterShape& parameter : shape.parameters)
        if (parameter.isHead) plan.trainedBase.push_back(parameter.name);
}

int64_t numbersOf(const MethodPlan& plan, const ModelShape& shape) {
    const auto product = [](const std::vector<int64_t>& sizes) {
        int64_t count = 1;
        for (const int64_t size : sizes) count *= size;
        return count;
    };
    const std::unordered_set<std::string> trained(plan.trainedBase.begin(), plan.trainedBase.end());
    int64_t total = 0;
    for (const auto& added : plan.added) total += product(added.shape);
    for (const auto& parameter : shape.parameters)
        if (trained.count(parameter.name)) total += product(parameter.shape);
    return total;
}

Result<void> Method::attach(const MethodSettings&, LanguageModel&, const AttachContext&) const {
    return {};
}

std::unique_ptr<StepAid> Method::stepAid(const MethodSettings&, LanguageModel&, int64_t) const {
    return nullptr;
}

bool AdapterMethod::reads(const OrderedJson& config) const {
    return config.value("peft_type", OrderedJson()) == peftType();
}

Result<std::unordered_set<std::string>> trainedOfBase(const std::vector<ChosenMethod>& methods,
                                                      const ModelShape& shape) {
    std::unordered_set<std::string> trained;
    for (const auto& [method, settings] : methods) {
        LATHE_TRY(const auto plan, method->plan(settings, shape));
        trained.insert(plan.trainedBase.begin(), plan.trainedBase.end());
    }
    return trained;
}

Result<void> setTrained(const std::vector<ChosenMethod>& methods, LanguageModel& model) {
    LATHE_TRY(auto trained, trainedOfBase(methods, model.shape()));
    for (const auto& [method, settings] : methods) {
        LATHE_TRY(const auto plan, method->plan(settings, model.shape()));
        for (const auto& added : plan.added)
            if (added.trains) trained.insert(added.name);
    }
    for (auto& item : model.named_parameters()) item.value().set_requires_grad(trained.count(item.key()) > 0);
    return {};
}

Result<void> attachMethods(const std::vector<ChosenMethod>& methods, LanguageModel& model,
                           const AttachContext& context) {
    LATHE_TRY_VOID(checkTogether(methods, model.shape()));
    for (const auto& [method, settings] : methods) LATHE_TRY_VOID(method->attach(settings, model, context));
    return setTrained(methods, model);
}

Result<void> checkTogether(const std::vector<ChosenMethod>& methods, const ModelShape& shape) {
    std::unordered_set<std::string> taken;
    for (const auto& [method, settings] : methods) {
        LATHE_TRY(const auto plan, method->plan(settings, shape));
        std::unordered_set<std::string> places;
        for (const auto& added : plan.added) places.insert(added.module);
        for (const auto& place : places)
            if (!taken.insert(place).second)
                return Error{
                    ErrorCode::RecipeInvalid, "two methods change " + place + "; a place takes one method",
                    "method.target_modules", "give them other target_modules, or leave one of them out"};
    }
    return {};
}

}  // namespace lathe
