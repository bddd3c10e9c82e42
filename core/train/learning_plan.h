// SPDX-License-Identifier: GPL-3.0-or-later
// What a run that is set up can be expected to learn.
#pragma once

#include "core/optim/schedule.h"
#include "core/run/learning_watch.h"
#include "core/train/trainable_model.h"

namespace lathe {

/// The rates that the schedule gives the trained parameters, and the classes of the rows.
LearningPlan learningPlan(const OpenedBase& base, const TrainingData& data, const TrainableModel& model,
                          const Schedule& schedule);

}  // namespace lathe
