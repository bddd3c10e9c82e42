// SPDX-License-Identifier: GPL-3.0-or-later
// What a task minimises and how it is judged: a loss sum with a target count for training, sums and metrics
// for evaluation.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/model/language_model.h"
#include "core/model/trained_parameter.h"
#include "core/run/evaluation.h"

namespace lathe {

constexpr int32_t kNoLabel = -1;

/// How one row fared.
struct RowScore {
    double loss = 0;  ///< mean over its targets; 0 without any
    /// A label; of several labels those more likely than not, kNoLabel alone for none; a tag for each target;
    /// of two answers 0 when the better one is preferred, 1 when the worse one is. Empty where a number or
    /// text is written, or neither answer is preferred.
    std::vector<int32_t> output{};
    std::optional<double> probability{};  ///< of a single output
    std::optional<double> value{};        ///< the number that came out
};

/// Right and wrong ones of a class, or of a kind of entity.
struct FoundCounts {
    int64_t there = 0, named = 0, right = 0;  ///< in the rows, by the model, by both
};

/// What one pass over the validation rows adds up to; tensors stay on the device until metrics() reads them.
struct EvaluationSums {
    at::Tensor loss;  ///< float64 scalar: summed over targets; undefined before the first batch
    at::Tensor
        found;  ///< classification: (3, labels) int64: rows of each label, rows called so, rightly called so
    at::Tensor exact;  ///< several labels: int64 scalar: rows called by exactly their labels
    at::Tensor
        confusion;  ///< classification: (labels * labels) int64, flat, true label * labels + predicted;
                    ///< undefined for several labels and with more than kMaxConfusionClasses
    std::vector<at::Tensor>
        numbers;            ///< regression: of each batch (2, rows) float64: what came out, what was wanted
    at::Tensor rewards;     ///< pairs: (3) float64: ranked right, sum of the better answers' rewards, of the
                            ///< worse ones'
    int64_t tagsRight = 0;  ///< token classification: of the targets
    std::map<std::string, FoundCounts> entities;  ///< token classification: by kind, or by tag
    std::vector<RowScore>* eachRow =
        nullptr;  ///< gets every row (of pairs every pair) in order, where it is wanted
    int64_t targets = 0;
    int64_t rows = 0;
};

class PolicyObjective;

class Objective {
  public:
    virtual ~Objective() = default;
    virtual HeadKind head() const = 0;
    /// The names of a classification head's outputs by id, where the rows have these labels.
    virtual std::vector<std::string> outputNames(const std::vector<std::string>& labels) const {
        return labels;
    }
    /// The classes' names by id, for metrics that need them; to be called before evaluate.
    virtual void useLabels(const std::vector<std::string>& /*labels*/) {}
    /// Of the method's own learning rate, where the recipe names none.
    virtual double learningRateShare() const { return 1; }
    /// This objective, where rows are prompts whose answers the model writes while it learns (Rollouts);
    /// there is then nothing to evaluate rows by. Null otherwise.
    virtual const PolicyObjective* policy() const { return nullptr; }
    /// Makes what the objective trains beside the model, on its device; to be called when the methods are
    /// attached.
    virtual void prepare(const LanguageModel& /*model*/) {}
    virtual std::vector<TrainedParameter> ownParameters() const { return {}; }
    /// Whether Example::reference must be filled before training and evaluation.
    virtual bool needsReference() const { return false; }
    /// False where dropout would be noise in a difference of two answers: it is then off in training, too.
    virtual bool usesDropout() const { return true; }

    /// The loss summed over the batch's targets: a float32 scalar on the device, in the graph. Dividing by
    /// the targets of all micro-batches of a step is the trainer's business (methods.md, "Gradient
    /// accumulation").
    virtual at::Tensor lossSum(LanguageModel& model, const Batch& batch) const = 0;

    /// Adds a batch; call without gradients and with the model in evaluation mode.
    virtual void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const;

    /// "loss" (the mean over targets) and the task's own metrics.
    virtual std::map<std::string, double> metrics(const EvaluationSums& sums) const;
    /// How well each class or kind of entity is told from the others; empty for tasks without.
    virtual std::vector<LabelScore> labelScores(const EvaluationSums& /*sums*/) const { return {}; }

  protected:
    static void addLoss(const at::Tensor& lossSum, const Batch& batch, EvaluationSums& sums);
    static double meanLoss(const EvaluationSums& sums);
    /// Appends a RowScore with each loss, (rows), where that is wanted; gives the first of them, else null.
    static RowScore* addRows(const at::Tensor& losses, EvaluationSums& sums);
    static LabelScore labelScore(const std::string& label, const FoundCounts& counts);
    /// Adds the rewards of pairs, (pairs) each, and what they prefer to the rows that addRows has appended.
    static void addRewards(const at::Tensor& chosen, const at::Tensor& rejected, EvaluationSums& sums);
    /// loss, reward_accuracy (the share of pairs whose better answer has the higher reward; equal ones count
    /// half), the mean chosen_reward and rejected_reward, and reward_margin between them.
    static std::map<std::string, double> rewardMetrics(const EvaluationSums& sums);
};

}  // namespace lathe
