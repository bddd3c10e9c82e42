// SPDX-License-Identifier: GPL-3.0-or-later
// A recipe's base, opened for training and checked against the task and the methods; no weights are read.
#pragma once

#include <memory>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/config/recipe.h"
#include "core/formats/model_folder.h"
#include "core/objectives/objective.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

/// Where and in which type a run computes.
struct Computing {
    at::Device device = at::kCPU;
    at::ScalarType precision = at::kFloat;
};
Result<Computing> chooseComputing(const Recipe& recipe);

/// What people compare between runs, as one flat object.
Json comparableSettings(const Recipe& recipe, const Computing& computing);

struct OpenedBase {
    Recipe recipe;  ///< its longest row is no longer than base, methods and task leave room for
    Computing computing;
    ModelSource source;
    std::unique_ptr<Tokenizer> tokenizer;  ///< moves into the model once that is built
    const Architecture* architecture = nullptr;
    const TaskEntry* task = nullptr;
    std::unique_ptr<Objective> objective;
    std::vector<ChosenMethod> methods;
    std::vector<Note> notes;

    /// The recipe's, or the most careful of the methods' own, of which the task may take a share.
    double learningRate() const;
    /// Whether the result is adapters next to the base; otherwise it is a whole model.
    bool makesAdapters() const { return methods.front().method->asAdapter() != nullptr; }
};

/// Errors: as openBase; Unsupported for a task or an architecture that does not go with the base;
/// RecipeInvalid for methods that do not go with it or with each other.
Result<OpenedBase> openTrainingBase(const Recipe& recipe, const Computing& computing);

}  // namespace lathe
