// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/learning_plan.h"

namespace lathe {
namespace {

/// How many rows, or tags, have each of so many classes; empty for tasks whose rows have no single class.
std::vector<int64_t> classCounts(const std::vector<Example>& rows, std::size_t classes) {
    if (classes < 2) return {};
    std::vector<int64_t> counts(classes);
    for (const Example& row : rows) {
        if (row.labels || row.value) return {};
        if (row.label >= 0) ++counts.at(static_cast<std::size_t>(row.label));
        if (row.label < 0)
            for (const int32_t tag : row.targets)
                if (tag >= 0) ++counts.at(static_cast<std::size_t>(tag));
    }
    return counts;
}

}  // namespace

LearningPlan learningPlan(const OpenedBase& base, const TrainingData& data, const TrainableModel& model,
                          const Schedule& schedule) {
    LearningPlan plan;
    plan.learningRate = base.learningRate();
    plan.highestRate = plan.learningRate * schedule.highestFactor() * model.highestRateFactor;
    plan.steps = model.totalSteps;
    plan.warmup = base.recipe.train.warmupSteps;
    const JudgedBy judged = judgedBy(*base.task, base.recipe.objective.values);
    plan.metric = judged.metric;
    plan.metricRises = judged.rises;
    plan.names = data.labels.names;
    plan.trained = classCounts(data.rows.train, plan.names.size());
    plan.heldOut = classCounts(data.rows.validation, plan.names.size());
    return plan;
}

}  // namespace lathe
