// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainable_model.h"

#include <algorithm>

#include "core/batches/batch_loader.h"
#include "core/data/encode/chat_rows.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/objectives/policy.h"
#include "core/objectives/reference_logprobs.h"
#include "core/peft/adapter_io.h"
#include "core/peft/merged_weights.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"
#include "core/tokenizer/text/pattern.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;

LoadedModel unbuilt(OpenedBase& base, const TrainingData& data) {
    LoadedModel loaded;
    loaded.device = base.computing.device;
    loaded.tokenizer = std::move(base.tokenizer);
    loaded.basePath = base.source.path.string();
    loaded.baseConfig = base.source.config;
    loaded.task = base.recipe.task;
    loaded.chat = chatSettingsOf(base.recipe.data);
    loaded.methods = base.recipe.methods;
    loaded.labels = data.labels.names;
    loaded.labelKind = data.labels.kind;
    return loaded;
}

Result<void> build(const OpenedBase& base, const TrainingData& data, TrainableModel& model) {
    const HeadChoice head{base.objective->head(), static_cast<int64_t>(data.labels.names.size())};
    LATHE_TRY(auto built,
              buildModel({*base.architecture, base.source.config, head, *base.source.weights,
                          static_cast<uint64_t>(base.recipe.train.seed), data.outputs,
                          quantizationOf(base.recipe.train.quantization),
                          [&](const ModelShape& shape) { return trainedOfBase(base.methods, shape); }}));
    if (built.replacedOutputs && data.outputs == HeadOutputs::NewIfOther)
        model.notes.push_back({"head_new",
                               "the base's file has a head of another size; it is replaced by a new one",
                               "the base's config.json does not name its labels"});
    model.loaded.model = std::move(built.model);
    model.loaded.model->to(base.computing.device);
    return {};
}

/// Makes the base run's adapters part of the weights, for a method that saves whole models.
Result<void> mergeAdapters(const OpenedBase& base, LanguageModel& model) {
    // An adapter of this run's alone would be the answer to other weights than those of the base it names.
    if (base.makesAdapters() || !checkMergeable(model, "").ok() || partsFromHead(model))
        return Error{ErrorCode::Unsupported,
                     "the run has an adapter of another kind, which this one cannot build on",
                     base.recipe.base,
                     "go on with the run's own method, or export it with --to hf and start from that model"};
    for (AdapterPlace* place : model.places()) {
        if (!place->hasAdapter()) continue;
        if (auto* projection = dynamic_cast<Projection*>(place))
            projection->merge();
        else
            dynamic_cast<Embedding&>(*place).merge();
    }
    return {};
}

/// Loads the adapters of the run that is the base; true when this run trains them on, false when they have
/// become part of the weights.
Result<bool> continueAdapters(const OpenedBase& base, const fs::path& folder, TrainableModel& model) {
    LATHE_TRY(const RunRecord before, readRunRecord(base.recipe.base));
    std::string names;
    for (const auto& chosen : model.methods) names += (names.empty() ? "" : "+") + chosen.settings.name;
    const auto paths = adaptersIn(folder);
    const bool same = before.method == names && paths.size() == model.methods.size();
    for (std::size_t i = 0; i < paths.size(); ++i) {
        LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(paths[i]));
        LATHE_TRY(const AdapterMethod* reader, methodOfAdapter(adapter.config, paths[i].string()));
        // LoRA-FA's folder is a plain LoRA's; who goes on with it says what trains.
        if (same) reader = model.methods[i].method->asAdapter();
        LATHE_CHECK(reader);
        LATHE_TRY(MethodSettings settings, loadAdapter(*model.loaded.model, *reader, adapter));
        if (same) model.methods[i].settings = std::move(settings);
    }
    if (same) return true;
    LATHE_TRY_VOID(mergeAdapters(base, *model.loaded.model));
    return false;
}

Result<void> attach(const OpenedBase& base, TrainableModel& model) {
    bool continued = false;
    if (const auto before = adapterFolderOf(base.recipe.base)) {
        LATHE_TRY(continued, continueAdapters(base, *before, model));
    }
    if (continued) {
        model.notes.push_back({"adapter_continued",
                               "the adapter of the run is trained on with its own settings",
                               "start from the base itself for another rank or other targets"});
        model.loaded.methods.clear();
        for (const auto& chosen : model.methods) model.loaded.methods.push_back(chosen.settings);
        return setTrained(model.methods, *model.loaded.model);
    }
    const AttachContext context{static_cast<uint64_t>(base.recipe.train.seed), model.loaded.tokenizer.get()};
    return attachMethods(model.methods, *model.loaded.model, context);
}

/// Gives the parameters that train.learning_rates names their own rates.
Result<void> giveRates(const OpenedBase& base, std::vector<TrainedParameter>& parameters) {
    std::map<std::string, std::size_t> longest;  // name in the recipe that fits best, by parameter
    for (const auto& [name, text] : base.recipe.train.learningRates) {
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
            parameter.rateFactor = std::strtod(text.c_str(), nullptr) / base.learningRate();
        }
        if (!fits)
            return Error{ErrorCode::RecipeInvalid, "nothing that trains is called " + name,
                         "train.learning_rates",
                         "what trains is called, for example, " + parameters.front().name};
    }
    return {};
}

Result<void> makeOptimizer(const OpenedBase& base, TrainableModel& model) {
    AdamWSettings how;
    how.weightDecay = base.recipe.train.weightDecay;
    how.maxGradNorm = base.recipe.train.maxGradNorm;
    const at::ScalarType precision = base.computing.precision;
    castFrozenParameters(*model.loaded.model, precision);
    auto parameters = trainedParameters(*model.loaded.model, precision);
    for (TrainedParameter& own : base.objective->ownParameters()) parameters.push_back(std::move(own));
    LATHE_TRY_VOID(giveRates(base, parameters));
    model.highestRateFactor = 0;
    for (const TrainedParameter& one : parameters)
        model.highestRateFactor = std::max(model.highestRateFactor, one.rateFactor);
    model.optimizer = std::make_unique<AdamW>(std::move(parameters), how);
    return {};
}

void makeBatches(const OpenedBase& base, const TaskData& rows, TrainableModel& model) {
    const TrainSettings& train = base.recipe.train;
    const RowOrder::Settings order{train.batchSize, train.gradientAccumulation,
                                   static_cast<uint64_t>(train.seed)};
    const BatchSettings batch = model.loaded.batchSettings();
    if (const PolicyObjective* policy = base.objective->policy()) {
        auto made = std::make_unique<Rollouts>(
            rows.train,
            AnswerParts{*model.loaded.model, *model.loaded.tokenizer, *model.rewards,
                        answerEnds(*model.loaded.tokenizer, rows.chat)},
            *policy, RolloutSettings{order, batch.padId, model.loaded.device});
        model.rollouts = made.get();
        model.batches = std::move(made);
    } else {
        const int64_t capacity = base.recipe.data.packing == "none" ? 0 : base.recipe.data.maxLength;
        model.batches = std::make_unique<BatchLoader>(
            rows.train, BatchLoader::Settings{order, batch, rows.masking, capacity});
    }
    model.totalSteps = model.batches->order.totalSteps(train.epochs, train.maxSteps);
}

}  // namespace

Result<TrainableModel> makeTrainable(OpenedBase& base, const TrainingData& data) {
    TrainableModel model;
    model.loaded = unbuilt(base, data);
    model.methods = base.methods;
    base.objective->useLabels(data.labels.names);
    if (base.objective->policy()) {
        LATHE_TRY(auto rewards, WeightedRewards::ofTask(base.recipe.objective.values, base.recipe.device));
        model.rewards = std::make_unique<WeightedRewards>(std::move(rewards));
    }
    LATHE_TRY_VOID(build(base, data, model));
    LATHE_TRY_VOID(attach(base, model));
    base.objective->prepare(*model.loaded.model);
    model.loaded.model->setGradientCheckpointing(base.recipe.train.gradientCheckpointing);
    LATHE_TRY_VOID(makeOptimizer(base, model));
    makeBatches(base, data.rows, model);
    for (const auto& [method, settings] : model.methods)
        if (auto aid = method->stepAid(settings, *model.loaded.model, model.totalSteps))
            model.aids.push_back(std::move(aid));

    const std::vector<Example>& shown = data.rows.validation.empty() ? data.rows.train : data.rows.validation;
    model.sampler = std::make_unique<ProgressSampler>(
        *model.loaded.model, *model.loaded.tokenizer, shown,
        ProgressSamplerSettings{data.labels, data.rows.chat, model.loaded.batchSettings()});
    return model;
}

bool fillReferences(const OpenedBase& base, TrainableModel& model, TaskData& rows,
                    const std::function<bool()>& stopAsked) {
    if (!base.objective->needsReference()) return true;
    std::vector<Example*> trained, heldOut;
    for (const int64_t row : model.batches->order.rowsOfFirst(model.totalSteps))
        trained.push_back(&rows.train[static_cast<std::size_t>(row)]);
    for (Example& row : rows.validation) heldOut.push_back(&row);
    const auto fill = [&](const std::vector<Example*>& some) {
        return fillReference(*model.loaded.model, some, base.recipe.train.batchSize,
                             model.loaded.batchSettings(), stopAsked);
    };
    return fill(heldOut) && fill(trained);
}

}  // namespace lathe
