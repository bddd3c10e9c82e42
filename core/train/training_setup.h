// SPDX-License-Identifier: GPL-3.0-or-later
// From a recipe to everything that a run trains with: base, data, model with its method, optimiser, loader.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/batches/batch_loader.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe.h"
#include "core/formats/model_folder.h"
#include "core/objectives/objective.h"
#include "core/optim/optimizer.h"
#include "core/reinforce/rollouts.h"
#include "core/run/events/events.h"
#include "core/target/build_model.h"
#include "core/target/loaded_model.h"
#include "core/train/progress_sampler.h"

namespace lathe {

class TrainingSetup {
  public:
    explicit TrainingSetup(const Recipe& recipe) : m_recipe(recipe) {}
    TrainingSetup(const TrainingSetup&) = delete;
    TrainingSetup& operator=(const TrainingSetup&) = delete;

    // To be called in this order; each step needs the one before.
    Result<void> chooseDevice();
    Result<void> openBase();  ///< opens, checks that task and method go with it; reads no weights
    Result<void> openData();
    Result<void> openRewards();  ///< what judges answers, where the task learns from its own
    Result<void> buildModel();
    /// What the task holds the model against, made with the model as it starts; false when it was stopped.
    bool computeReference(const std::function<bool()>& stopAsked);

    void warnAbout(const Note& note) { warnings.push_back({note.code, noteText(note), note.hint}); }

    const Recipe& recipe() const { return m_recipe; }
    int64_t totalSteps() const {
        return loader->order.totalSteps(m_recipe.train.epochs, m_recipe.train.maxSteps);
    }
    /// The recipe's, or the most careful of the methods' own, of which the task may take a share.
    double learningRate() const;
    /// What people compare between runs, flat. Known once the device is chosen.
    Json comparableSettings() const;
    /// Whether the result is adapters beside the base; otherwise it is a whole model.
    bool makesAdapters() const;

    at::ScalarType precision = at::kFloat;
    ModelSource source;
    TaskData data;
    const Architecture* architecture = nullptr;
    std::vector<ChosenMethod> methods;
    const TaskEntry* task = nullptr;
    std::unique_ptr<Objective> objective;
    LoadedModel loaded;
    std::unique_ptr<AdamW> optimizer;
    double highestRateFactor = 1;  ///< of the trained parameters' own rates: times learningRate()
    StepAids aids;
    std::unique_ptr<BatchSource> loader;
    std::unique_ptr<ProgressSampler> sampler;
    WeightedRewards rewards;
    Rollouts* rollouts = nullptr;        ///< the loader, where answers are written
    std::vector<WarningEvent> warnings;  ///< of the steps so far, for the caller to tell and clear

  private:
    /// Gives the base a head of its own where a method parts it from the embedding.
    Result<void> partHead();
    /// Whether the methods go with the base, with each other and with the other settings, and how long rows
    /// may be.
    Result<void> checkMethods();
    /// Attaches the methods; with the values of the base run's adapters when they are the same methods; a
    /// method that saves a whole model starts where those have become part of the weights.
    Result<void> attach();
    Result<bool> continueAdapters(const std::filesystem::path& folder);
    /// Makes the base run's adapters part of the weights, for a method that saves whole models; false:
    /// nothing goes on.
    Result<bool> mergeAdapters();
    std::unique_ptr<BatchSource> makeLoader();
    /// The labels of the data as the base's outputs, where it is a classifier already.
    Result<void> matchBase();
    void warnAboutRows(const DataReport& report, const std::string& part);
    Result<void> makeOptimizer();
    /// Gives the parameters that train.learning_rates names their own rates.
    Result<void> giveRates(std::vector<TrainedParameter>& parameters) const;

    Recipe m_recipe;
    HeadOutputs m_outputs = HeadOutputs::NewIfOther;  ///< of a classifier that is the base
};

}  // namespace lathe
