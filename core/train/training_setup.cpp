// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/training_setup.h"

#include <algorithm>

#include "core/formats/adapter_folder.h"
#include "core/peft/adapter_io.h"
#include "core/run/base_model.h"
#include "core/run/run_store.h"
#include "core/train/device.h"

namespace lathe {
namespace fs = std::filesystem;

Result<void> TrainingSetup::chooseDevice() {
    LATHE_TRY(loaded.device, lathe::chooseDevice(m_recipe.device));
    LATHE_TRY(precision, choosePrecision(m_recipe.train.precision, loaded.device));
    return {};
}

Result<void> TrainingSetup::openBase() {
    LATHE_TRY(BaseModel base, lathe::openBase(m_recipe.base));
    source = std::move(base.source);
    loaded.tokenizer = std::move(base.tokenizer);
    loaded.basePath = source.path.string();
    loaded.baseConfig = source.config;
    loaded.task = m_recipe.task;
    loaded.chatTemplate = m_recipe.data.chatTemplate;
    loaded.methods = m_recipe.methods;

    task = engineCatalog().task(m_recipe.task);
    LATHE_TRY(objective, makeObjective(m_recipe.task));
    LATHE_TRY(const std::string type, jsonString(source.config, "model_type", "", source.path.string()));
    LATHE_TRY(architecture, findArchitecture(type));
    if (!architecture->canHave(objective->head()))
        return Error{ErrorCode::Unsupported, architecture->title + " cannot be trained for " + m_recipe.task,
                     source.path.string(), "choose another base or another task"};
    if (m_recipe.methods.size() != 1)
        return Error{ErrorCode::Unsupported, "only one method at a time can be trained", "method",
                     "name one method"};
    method = findMethod(m_recipe.methods.front().name);
    if (method) return {};
    return Error{ErrorCode::Unsupported, "there is no method \"" + m_recipe.methods.front().name + "\"",
                 "method.name", "see lathe-run catalog"};
}

Result<void> TrainingSetup::openData() {
    LATHE_TRY(data, loadTaskData(m_recipe, *loaded.tokenizer));
    if (data.train.empty())
        return Error{ErrorCode::DataInvalid, "no row is left to train on", m_recipe.data.train,
                     "look at the rows with lathe-run preview"};
    const bool classifies = objective->head() == HeadKind::SequenceClassification ||
                            objective->head() == HeadKind::TokenClassification;
    if (classifies && data.labels.size() < 2)
        return Error{ErrorCode::DataInvalid, "the rows have only one label", m_recipe.data.train,
                     "a classifier needs at least two; check data.columns"};
    loaded.labels = data.labels;
    objective->useLabels(data.labels);
    warnAboutRows(data.trainReport, "training");
    warnAboutRows(data.validationReport, "validation");
    return checkLabels();
}

void TrainingSetup::warnAboutRows(const DataReport& report, const std::string& part) {
    if (report.dropped > 0) {
        const std::string why = report.reasons.empty() ? "" : "; " + report.reasons.front();
        warnings.push_back({"rows_dropped",
                            std::to_string(report.dropped) + " " + part + " rows were left out" + why,
                            "see lathe-run preview"});
    }
    if (report.cut > 0)
        warnings.push_back({"rows_cut",
                            std::to_string(report.cut) + " " + part + " rows were cut at data.max_length",
                            "raise data.max_length if their ends matter"});
}

Result<void> TrainingSetup::checkLabels() const {
    if (data.labels.empty() || !isRunFolder(m_recipe.base)) return {};
    LATHE_TRY(const RunRecord before, readRunRecord(m_recipe.base));
    if (before.labels.empty() || before.labels == data.labels) return {};
    return Error{ErrorCode::ModelMismatch, "the rows have other labels than the run they are to go on from",
                 m_recipe.base, "use rows with the same labels, or start from the base itself"};
}

Result<void> TrainingSetup::buildModel() {
    const HeadChoice head{objective->head(), static_cast<int64_t>(data.labels.size())};
    const auto seed = static_cast<uint64_t>(m_recipe.train.seed);
    LATHE_TRY(const ModelShape shape, architecture->shape(source.config, head));
    // A wrong target is told before the weights are read.
    if (const auto plan = method->plan(settings(), shape); !plan.ok()) return plan.error();
    loaded.model = architecture->build(source.config, head);
    if (const auto fresh = loadWeights(*loaded.model, *source.weights, seed); !fresh.ok())
        return fresh.error();
    if (const auto adapter = adapterFolderOf(m_recipe.base)) {
        LATHE_TRY_VOID(continueAdapter(*adapter));
    } else {
        LATHE_TRY_VOID(method->attach(settings(), *loaded.model, seed));
    }
    loaded.model->setGradientCheckpointing(m_recipe.train.gradientCheckpointing);
    loaded.model->to(loaded.device);
    makeOptimizer();
    return {};
}

Result<void> TrainingSetup::continueAdapter(const fs::path& folder) {
    LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(folder));
    LATHE_TRY(const std::string peftType, jsonString(adapter.config, "peft_type", "", folder.string()));
    const AdapterMethod* before = nullptr;
    for (const Method* candidate : methods()) {
        const auto* adapterMethod = dynamic_cast<const AdapterMethod*>(candidate);
        if (adapterMethod && adapterMethod->peftType() == peftType) before = adapterMethod;
    }
    if (!before)
        return Error{ErrorCode::Unsupported, "adapters of the kind \"" + peftType + "\" cannot be continued",
                     folder.string(), "start from the base itself"};
    LATHE_TRY(MethodSettings settingsBefore, loadAdapter(*loaded.model, *before, adapter));
    if (before == method) {
        loaded.methods.front() = std::move(settingsBefore);
        warnings.push_back({"adapter_continued", "the adapter of the run is trained on with its own settings",
                            "start from the base itself for another rank or other targets"});
        return {};
    }
    for (const auto& [name, projection] : loaded.model->projections()) {
        if (!projection->adapter()) continue;
        projection->weight.set_data(projection->mergedWeight().detach());
        projection->detach();
    }
    return method->attach(settings(), *loaded.model, static_cast<uint64_t>(m_recipe.train.seed));
}

void TrainingSetup::makeOptimizer() {
    AdamWSettings how;
    how.weightDecay = m_recipe.train.weightDecay;
    how.maxGradNorm = m_recipe.train.maxGradNorm;
    castFrozenParameters(*loaded.model, precision);
    optimizer = std::make_unique<AdamW>(trainedParameters(*loaded.model, precision), how);

    BatchLoader::Settings batches;
    batches.batchSize = m_recipe.train.batchSize;
    batches.accumulation = m_recipe.train.gradientAccumulation;
    batches.seed = static_cast<uint64_t>(m_recipe.train.seed);
    batches.batch = loaded.batchSettings();
    batches.masking = data.masking;
    loader = std::make_unique<BatchLoader>(data.train, batches);

    const std::vector<Example>& shown = data.validation.empty() ? data.train : data.validation;
    sampler = std::make_unique<Sampler>(
        *loaded.model, *loaded.tokenizer, shown,
        SamplerSettings{data.labels, data.chatFormat, loaded.batchSettings()});
}

}  // namespace lathe
