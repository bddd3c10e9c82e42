// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/opened_base.h"

#include <algorithm>

#include "core/batches/device.h"
#include "core/estimate/row_room.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/peft/adapter_io.h"
#include "core/peft/parted_head.h"
#include "core/run/base_model.h"
#include "core/target/build_model.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// Gives the base a head of its own where a method parts it from the embedding.
Result<void> partHead(OpenedBase& base) {
    LATHE_TRY(const ModelShape shape,
              base.architecture->shape(base.source.config, {base.objective->head(), 2}));
    std::vector<ChosenMethod> all = base.methods;
    if (const auto before = adapterFolderOf(base.recipe.base))
        for (const fs::path& path : adaptersIn(*before)) {
            LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(path));
            LATHE_TRY(const AdapterMethod* reader, methodOfAdapter(adapter.config, path.string()));
            LATHE_TRY(auto settings, reader->settingsFromAdapter(adapter.config));
            all.push_back({reader, std::move(settings)});
        }
    if (!partsHead(all, shape)) return {};
    base.source.config = partedConfig(std::move(base.source.config));
    base.source.weights = partedWeights(std::move(base.source.weights), shape);
    return {};
}

/// Whether the methods go with the base, with each other and with the other settings, and how long rows may
/// be.
Result<void> checkMethods(OpenedBase& base) {
    // The number of labels, which is not known yet, changes neither places nor context.
    LATHE_TRY(const ModelShape shape,
              base.architecture->shape(base.source.config, {base.objective->head(), 2}));
    LATHE_TRY_VOID(checkTogether(base.methods, shape));
    for (const auto& [method, settings] : base.methods)
        if (!base.objective->usesDropout() && numberSetting(settings.values, "dropout", 0) > 0)
            base.notes.push_back({"dropout_off", "the task " + base.recipe.task + " trains without dropout",
                                  "write method.dropout: 0"});
    LATHE_TRY(const int64_t room, rowRoom(shape, base.methods, *base.objective));
    base.recipe.data.fitLength(room);
    return {};
}

}  // namespace

Result<Computing> chooseComputing(const Recipe& recipe) {
    LATHE_TRY(const at::Device device, chooseDevice(recipe.device));
    LATHE_TRY(const at::ScalarType precision, choosePrecision(recipe.train.precision, device));
    return Computing{device, precision};
}

Json comparableSettings(const Recipe& recipe, const Computing& computing) {
    Json settings = Json::object();
    for (const Field& field : recipeFields())
        settings[field.key] = fieldValueToJson(recipeValue(recipe, field.key));
    // Of methods that are combined each has its own "rank".
    const bool several = recipe.methods.size() > 1;
    std::string names;
    for (const MethodSettings& method : recipe.methods) {
        names += (names.empty() ? "" : "+") + method.name;
        const std::string section = several ? "method." + method.name + "." : "method.";
        for (const auto& [key, value] : method.values) settings[section + key] = fieldValueToJson(value);
    }
    settings["method.name"] = names;
    for (const auto& [key, value] : recipe.objective.values)
        settings[recipe.objective.section + "." + key] = fieldValueToJson(value);
    settings["precision"] = computing.precision == at::kFloat ? "fp32" : "bf16";
    return settings;
}

double OpenedBase::learningRate() const {
    if (recipe.train.learningRate) return *recipe.train.learningRate;
    double smallest = methods.front().method->entry().learningRate;
    for (const auto& chosen : methods) smallest = std::min(smallest, chosen.method->entry().learningRate);
    return smallest * objective->learningRateShare();
}

Result<OpenedBase> openTrainingBase(const Recipe& recipe, const Computing& computing) {
    OpenedBase base;
    base.recipe = recipe;
    base.computing = computing;
    LATHE_TRY(BaseModel opened, openBase(recipe.base));
    base.source = std::move(opened.source);
    base.tokenizer = std::move(opened.tokenizer);
    base.notes = std::move(opened.notes);

    base.task = engineCatalog().task(recipe.task);
    LATHE_TRY(base.objective, makeObjective(recipe.task, recipe.objective.values));
    const std::string place = base.source.path.string();
    LATHE_TRY(const std::string type, jsonString(base.source.config, "model_type", "", place));
    LATHE_TRY(base.architecture, findArchitecture(type));
    if (const auto note = unusedTensors(*base.architecture, base.source.config, *base.source.weights))
        base.notes.push_back(*note);
    if (!base.architecture->canHave(base.objective->head()))
        return Error{ErrorCode::Unsupported,
                     base.architecture->title + " cannot be trained for " + recipe.task, place,
                     "choose another base or another task"};
    LATHE_TRY(base.methods, chooseMethods(recipe.methods));
    LATHE_TRY_VOID(partHead(base));
    LATHE_TRY_VOID(checkMethods(base));
    return base;
}

}  // namespace lathe
