// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/training_setup.h"

#include <algorithm>

#include "core/batches/device.h"
#include "core/data/encode/chat_rows.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/labels.h"
#include "core/estimate/bills.h"
#include "core/estimate/row_room.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/objectives/reference_logprobs.h"
#include "core/peft/adapter_io.h"
#include "core/peft/merged_weights.h"
#include "core/peft/parted_head.h"
#include "core/run/base_labels.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"
#include "core/tokenizer/text/pattern.h"

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
    for (const Note& note : base.notes) warnAbout(note);
    loaded.basePath = source.path.string();
    loaded.baseConfig = source.config;
    loaded.task = m_recipe.task;
    loaded.chat = chatSettingsOf(m_recipe.data);
    loaded.methods = m_recipe.methods;

    task = engineCatalog().task(m_recipe.task);
    LATHE_TRY(objective, makeObjective(m_recipe.task, m_recipe.objective.values));
    LATHE_TRY(const std::string type, jsonString(source.config, "model_type", "", source.path.string()));
    LATHE_TRY(architecture, findArchitecture(type));
    if (const auto note = unusedTensors(*architecture, source.config, *source.weights)) warnAbout(*note);
    if (!architecture->canHave(objective->head()))
        return Error{ErrorCode::Unsupported, architecture->title + " cannot be trained for " + m_recipe.task,
                     source.path.string(), "choose another base or another task"};
    LATHE_TRY(methods, chooseMethods(m_recipe.methods));
    LATHE_TRY_VOID(partHead());
    return checkMethods();
}

Result<void> TrainingSetup::partHead() {
    LATHE_TRY(const ModelShape shape, architecture->shape(source.config, {objective->head(), 2}));
    std::vector<ChosenMethod> all = methods;
    if (const auto before = adapterFolderOf(m_recipe.base))
        for (const fs::path& path : adaptersIn(*before)) {
            LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(path));
            LATHE_TRY(const AdapterMethod* reader, methodOfAdapter(adapter.config, path.string()));
            LATHE_TRY(auto settings, reader->settingsFromAdapter(adapter.config));
            all.push_back({reader, std::move(settings)});
        }
    if (!partsHead(all, shape)) return {};
    source.config = partedConfig(std::move(source.config));
    source.weights = partedWeights(std::move(source.weights), shape);
    loaded.baseConfig = source.config;
    return {};
}

Result<void> TrainingSetup::checkMethods() {
    // The number of labels, which is not known yet, changes neither places nor context.
    LATHE_TRY(const ModelShape shape, architecture->shape(source.config, {objective->head(), 2}));
    LATHE_TRY_VOID(checkTogether(methods, shape));
    for (const auto& [method, settings] : methods)
        if (!objective->usesDropout() && numberSetting(settings.values, "dropout", 0) > 0)
            warnings.push_back({"dropout_off", "the task " + m_recipe.task + " trains without dropout",
                                "write method.dropout: 0"});
    LATHE_TRY(const int64_t room, rowRoom(shape, methods, *objective));
    m_recipe.data.fitLength(room);
    return {};
}

Result<void> TrainingSetup::openData() {
    LATHE_TRY(data, loadTaskData(m_recipe, *loaded.tokenizer));
    if (data.train.empty())
        return Error{ErrorCode::DataInvalid, "no row is left to train on", m_recipe.data.train,
                     "look at the rows with lathe-run preview"};
    loaded.labelKind = labelKindOf(m_recipe.objective.values);
    LATHE_TRY_VOID(matchBase());
    objective->useLabels(loaded.labels);
    warnAboutRows(data.trainReport, "training");
    warnAboutRows(data.validationReport, "validation");
    if (const auto note = memoryNoteFor(m_recipe, data.train)) warnAbout(*note);
    return {};
}

void TrainingSetup::warnAboutRows(const DataReport& report, const std::string& part) {
    for (const Note& note : rowNotes(report, m_recipe.data))
        warnings.push_back({note.code, part + " rows: " + noteText(note), note.hint});
}

Result<void> TrainingSetup::matchBase() {
    loaded.labels = objective->outputNames(data.labels);
    if (loaded.labels.empty()) return {};
    std::optional<std::vector<std::string>> ofBase;
    const auto problem = source.config.find("problem_type");
    LabelKind kindOfBase = problem != source.config.end() && problem->is_string()
                               ? labelKindOf(problem->get<std::string>())
                               : LabelKind::One;
    const bool onAdapter = adapterFolderOf(m_recipe.base).has_value();
    if (onAdapter) {
        LATHE_TRY(const RunRecord before, readRunRecord(m_recipe.base));
        if (!before.labels.empty()) ofBase = before.labels;
        kindOfBase = labelKindOf(before.problemType);
    } else {
        LATHE_TRY(ofBase, labelsOfHead(source.config, classSuffix(objective->head()), source.path.string()));
    }
    if (!ofBase) return {};
    // A single output has no names to match.
    const bool named = loaded.labels == data.labels;
    const LabelMatch match =
        named ? matchLabels(*ofBase, loaded.labels) : matchOutputs(*ofBase, loaded.labels);
    if (match.newHead && onAdapter)
        return Error{ErrorCode::ModelMismatch,
                     "the rows have other labels than the run they are to go on from", m_recipe.base,
                     "use rows with the same labels, or start from the base itself"};
    for (const Note& note : match.notes) warnAbout(note);
    if (match.newHead) m_outputs = HeadOutputs::New;
    if (!named || match.newHead) return {};
    const bool tags = rowShapeOf(m_recipe.task) == RowShape::Tagged;
    if (const auto note = otherKindNote(kindOfBase, loaded.labelKind); note && !tags) warnAbout(*note);
    useOutputs(match, tags, data);
    loaded.labels = data.labels;
    if (!onAdapter) return {};
    // The adapter's head stands on what the base of its run had.
    LATHE_TRY(const auto own,
              labelsOfHead(source.config, classSuffix(objective->head()), source.path.string()));
    if (own && !keepsOutputs(*own, *ofBase)) m_outputs = HeadOutputs::New;
    return {};
}

Result<void> TrainingSetup::openRewards() {
    if (!objective->learnsFromOwnAnswers()) return {};
    LATHE_TRY(rewards, WeightedRewards::ofTask(m_recipe.objective.values, m_recipe.device));
    return {};
}

Result<void> TrainingSetup::buildModel() {
    const HeadChoice head{objective->head(), static_cast<int64_t>(loaded.labels.size())};
    const auto seed = static_cast<uint64_t>(m_recipe.train.seed);
    LATHE_TRY(auto built,
              lathe::buildModel({*architecture, source.config, head, *source.weights, seed, m_outputs,
                                 quantizationOf(m_recipe.train.quantization),
                                 [&](const ModelShape& shape) { return trainedOfBase(methods, shape); }}));
    loaded.model = std::move(built.model);
    if (built.replacedOutputs && m_outputs == HeadOutputs::NewIfOther)
        warnings.push_back({"head_new",
                            "the base's file has a head of another size; it is replaced by a new one",
                            "the base's config.json does not name its labels"});
    loaded.model->to(loaded.device);
    LATHE_TRY_VOID(attach());
    objective->prepare(*loaded.model);
    loaded.model->setGradientCheckpointing(m_recipe.train.gradientCheckpointing);
    return makeOptimizer();
}

Result<void> TrainingSetup::attach() {
    bool continued = false;
    if (const auto before = adapterFolderOf(m_recipe.base)) {
        LATHE_TRY(continued, continueAdapters(*before));
    }
    if (continued) {
        warnings.push_back({"adapter_continued", "the adapter of the run is trained on with its own settings",
                            "start from the base itself for another rank or other targets"});
        loaded.methods.clear();
        for (const auto& chosen : methods) loaded.methods.push_back(chosen.settings);
        return setTrained(methods, *loaded.model);
    }
    const AttachContext context{static_cast<uint64_t>(m_recipe.train.seed), loaded.tokenizer.get()};
    return attachMethods(methods, *loaded.model, context);
}

Result<bool> TrainingSetup::continueAdapters(const fs::path& folder) {
    LATHE_TRY(const RunRecord before, readRunRecord(m_recipe.base));
    std::string names;
    for (const auto& chosen : methods) names += (names.empty() ? "" : "+") + chosen.settings.name;
    const auto paths = adaptersIn(folder);
    const bool same = before.method == names && paths.size() == methods.size();
    for (std::size_t i = 0; i < paths.size(); ++i) {
        LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(paths[i]));
        LATHE_TRY(const AdapterMethod* reader, methodOfAdapter(adapter.config, paths[i].string()));
        // LoRA-FA's folder is a plain LoRA's; who goes on with it says what trains.
        if (same) reader = dynamic_cast<const AdapterMethod*>(methods[i].method);
        LATHE_CHECK(reader);
        LATHE_TRY(MethodSettings settings, loadAdapter(*loaded.model, *reader, adapter));
        if (same) methods[i].settings = std::move(settings);
    }
    if (same) return true;
    return mergeAdapters();
}

Result<bool> TrainingSetup::mergeAdapters() {
    // An adapter of this run's alone would be the answer to other weights than those of the base it names.
    if (makesAdapters() || !checkMergeable(*loaded.model, "").ok() || partsFromHead(*loaded.model))
        return Error{ErrorCode::Unsupported,
                     "the run has an adapter of another kind, which this one cannot stand on", m_recipe.base,
                     "go on with the run's own method, or export it with --to hf and start from that model"};
    for (AdapterPlace* place : loaded.model->places()) {
        if (!place->hasAdapter()) continue;
        if (auto* projection = dynamic_cast<Projection*>(place))
            projection->merge();
        else
            dynamic_cast<Embedding&>(*place).merge();
    }
    return false;
}

bool TrainingSetup::computeReference(const std::function<bool()>& stopAsked) {
    if (!objective->needsReference()) return true;
    const auto batchSize = m_recipe.train.batchSize;
    std::vector<Example*> trained, judged;
    for (const int64_t row : loader->order.rowsOfFirst(totalSteps()))
        trained.push_back(&data.train[static_cast<std::size_t>(row)]);
    for (Example& row : data.validation) judged.push_back(&row);
    return fillReference(*loaded.model, judged, batchSize, loaded.batchSettings(), stopAsked) &&
           fillReference(*loaded.model, trained, batchSize, loaded.batchSettings(), stopAsked);
}

double TrainingSetup::learningRate() const {
    if (m_recipe.train.learningRate) return *m_recipe.train.learningRate;
    double smallest = methods.front().method->entry().learningRate;
    for (const auto& chosen : methods) smallest = std::min(smallest, chosen.method->entry().learningRate);
    return smallest * objective->learningRateShare();
}

bool TrainingSetup::makesAdapters() const {
    return dynamic_cast<const AdapterMethod*>(methods.front().method) != nullptr;
}

Result<void> TrainingSetup::giveRates(std::vector<TrainedParameter>& parameters) const {
    std::map<std::string, std::size_t> longest;  // name in the recipe that fits best, by parameter
    for (const auto& [name, text] : m_recipe.train.learningRates) {
        LATHE_TRY(const auto pattern,
                  tok::Pattern::regex("(?:\\A|\\.)(?:" + name + ")(?:\\.|\\z)", "train.learning_rates"));
        bool fits = false;
        for (TrainedParameter& parameter : parameters) {
            std::vector<tok::Split> matches;
            if (!pattern.findAll(parameter.name, matches))
                return Error{ErrorCode::RecipeInvalid, "the expression takes too many steps: " + name,
                             "train.learning_rates", "write it without nested repetitions"};
            if (matches.empty()) continue;
            fits = true;
            std::size_t& best = longest[parameter.name];
            if (name.size() <= best) continue;
            best = name.size();
            parameter.rateFactor = std::strtod(text.c_str(), nullptr) / learningRate();
        }
        if (!fits)
            return Error{ErrorCode::RecipeInvalid, "nothing that trains is called " + name,
                         "train.learning_rates",
                         "what trains is called, for example, " + parameters.front().name};
    }
    return {};
}

Result<void> TrainingSetup::makeOptimizer() {
    AdamWSettings how;
    how.weightDecay = m_recipe.train.weightDecay;
    how.maxGradNorm = m_recipe.train.maxGradNorm;
    castFrozenParameters(*loaded.model, precision);
    auto parameters = trainedParameters(*loaded.model, precision);
    for (TrainedParameter& own : objective->ownParameters()) parameters.push_back(std::move(own));
    LATHE_TRY_VOID(giveRates(parameters));
    highestRateFactor = 0;
    for (const TrainedParameter& one : parameters)
        highestRateFactor = std::max(highestRateFactor, one.rateFactor);
    optimizer = std::make_unique<AdamW>(std::move(parameters), how);

    loader = makeLoader();
    for (const auto& [method, settings] : methods)
        if (auto aid = method->stepAid(settings, *loaded.model, totalSteps())) aids.push_back(std::move(aid));

    const std::vector<Example>& shown = data.validation.empty() ? data.train : data.validation;
    sampler = std::make_unique<ProgressSampler>(
        *loaded.model, *loaded.tokenizer, shown,
        ProgressSamplerSettings{{loaded.labels, loaded.labelKind}, data.chat, loaded.batchSettings()});
    return {};
}

Json TrainingSetup::comparableSettings() const {
    Json settings = Json::object();
    for (const Field& field : recipeFields())
        settings[field.key] = fieldValueToJson(recipeValue(m_recipe, field.key));
    for (const MethodSettings& method : m_recipe.methods) {
        settings["method.name"] = method.name;
        for (const auto& [key, value] : method.values) settings["method." + key] = fieldValueToJson(value);
    }
    for (const auto& [key, value] : m_recipe.objective.values)
        settings[m_recipe.objective.section + "." + key] = fieldValueToJson(value);
    settings["precision"] = precision == at::kFloat ? "fp32" : "bf16";
    return settings;
}

std::unique_ptr<BatchSource> TrainingSetup::makeLoader() {
    const RowOrder::Settings order{m_recipe.train.batchSize, m_recipe.train.gradientAccumulation,
                                   static_cast<uint64_t>(m_recipe.train.seed)};
    const BatchSettings batch = loaded.batchSettings();
    const auto* policy = dynamic_cast<const PolicyObjective*>(objective.get());
    if (!policy) {
        const int64_t capacity = m_recipe.data.packing == "none" ? 0 : m_recipe.data.maxLength;
        return std::make_unique<BatchLoader>(data.train,
                                             BatchLoader::Settings{order, batch, data.masking, capacity});
    }
    auto made = std::make_unique<Rollouts>(
        data.train,
        AnswerParts{*loaded.model, *loaded.tokenizer, rewards, answerEnds(*loaded.tokenizer, data.chat)},
        *policy, RolloutSettings{order, batch.padId, loaded.device});
    rollouts = made.get();
    return made;
}

}  // namespace lathe
