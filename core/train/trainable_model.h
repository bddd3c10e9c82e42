// SPDX-License-Identifier: GPL-3.0-or-later
// A model with its methods attached, and all that trains it: optimiser, batches, rewards, samples.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/optim/optimizer.h"
#include "core/reinforce/rollouts.h"
#include "core/target/loaded_model.h"
#include "core/train/progress_sampler.h"
#include "core/train/training_data.h"

namespace lathe {

struct TrainableModel {
    LoadedModel loaded;
    std::vector<ChosenMethod> methods;  ///< with the settings of the base run's adapters, where those go on
    std::unique_ptr<AdamW> optimizer;
    double highestRateFactor = 1;              ///< of the trained parameters' own rates
    StepAids aids;                             ///< of the methods
    std::unique_ptr<WeightedRewards> rewards;  ///< null where the task does not learn from its own answers
    std::unique_ptr<BatchSource> batches;      ///< of the data's training rows, which it borrows
    Rollouts* rollouts = nullptr;              ///< the batches, where the model writes its answers
    std::unique_ptr<ProgressSampler> sampler;
    int64_t totalSteps = 0;
    std::vector<Note> notes;
};

/// Opens the rewards, builds the model on its device, attaches the methods, with the values of the base run's
/// adapters where they are the same ones. Takes base.tokenizer. `data` must outlive the result.
Result<TrainableModel> makeTrainable(OpenedBase& base, const TrainingData& data);

/// Fills Example::reference of the rows that are trained on and held out, where the objective needs it: what
/// the model says as it starts. False when it was stopped.
bool fillReferences(const OpenedBase& base, TrainableModel& model, TaskData& rows,
                    const std::function<bool()>& stopAsked);

}  // namespace lathe
