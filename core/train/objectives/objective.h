// SPDX-License-Identifier: GPL-3.0-or-later
// What a task minimises and how it is judged: a loss sum with a target count for training, sums and metrics
// for evaluation.
#pragma once

#include <map>
#include <string>

#include "core/model/language_model.h"

namespace lathe {

/// What one pass over the validation rows adds up to; tensors stay on the device until metrics() reads them.
struct EvaluationSums {
    at::Tensor loss;       ///< float64 scalar: summed over targets; undefined before the first batch
    at::Tensor confusion;  ///< classification: (labels * labels) int64, flat, true label * labels + predicted
    int64_t tagsRight = 0;  ///< token classification: of the targets; then entities in the rows, named, and right
    int64_t entitiesThere = 0, entitiesNamed = 0, entitiesRight = 0;
    int64_t targets = 0;
    int64_t rows = 0;
};

class Objective {
  public:
    virtual ~Objective() = default;
    virtual HeadKind head() const = 0;
    /// The classes' names by id, for metrics that need them; to be called before evaluate.
    virtual void useLabels(const std::vector<std::string>& /*labels*/) {}

    /// The loss summed over the batch's targets: a float32 scalar on the device, in the graph. Dividing by
    /// the targets of all micro-batches of a step is the trainer's business (spec §2.12).
    virtual at::Tensor lossSum(LanguageModel& model, const Batch& batch) const = 0;

    /// Adds a batch; call without gradients and with the model in evaluation mode.
    virtual void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const = 0;

    /// "loss" (the mean over targets) and the task's own metrics.
    virtual std::map<std::string, double> metrics(const EvaluationSums& sums) const = 0;

  protected:
    static void addLoss(const at::Tensor& lossSum, const Batch& batch, EvaluationSums& sums);
    static double meanLoss(const EvaluationSums& sums);
};

}  // namespace lathe
