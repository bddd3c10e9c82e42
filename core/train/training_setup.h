// SPDX-License-Identifier: GPL-3.0-or-later
// From a recipe to everything that a run trains with: base, data, model with its method, optimiser, loader.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/recipe.h"
#include "core/formats/model_folder.h"
#include "core/run/events.h"
#include "core/train/batch_loader.h"
#include "core/train/catalog.h"
#include "core/train/loaded_model.h"
#include "core/train/objectives/objective.h"
#include "core/train/optimizer.h"
#include "core/train/sampler.h"

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
    Result<void> buildModel();

    const Recipe& recipe() const { return m_recipe; }
    const MethodSettings& settings() const { return loaded.methods.front(); }
    int64_t totalSteps() const { return loader->totalSteps(m_recipe.train.epochs, m_recipe.train.maxSteps); }
    double learningRate() const { return m_recipe.train.learningRate.value_or(method->entry().learningRate); }

    at::ScalarType precision = at::kFloat;
    ModelSource source;
    TaskData data;
    const Architecture* architecture = nullptr;
    const Method* method = nullptr;
    const TaskEntry* task = nullptr;
    std::unique_ptr<Objective> objective;
    LoadedModel loaded;
    std::unique_ptr<AdamW> optimizer;
    std::unique_ptr<BatchLoader> loader;
    std::unique_ptr<Sampler> sampler;
    std::vector<WarningEvent> warnings;  ///< of the steps so far, for the caller to tell and clear

  private:
    /// Puts the adapter of the base run on; merges it first when another method is to train.
    Result<void> continueAdapter(const std::filesystem::path& folder);
    Result<void> checkLabels() const;
    void warnAboutRows(const DataReport& report, const std::string& part);
    void makeOptimizer();

    Recipe m_recipe;
};

}  // namespace lathe
