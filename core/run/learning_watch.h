// SPDX-License-Identifier: GPL-3.0-or-later
// Says when a run cannot learn, or has not learned, or has ended worse than it began.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/run/events/events.h"

namespace lathe {

/// What is known before the first step.
struct LearningPlan {
    double learningRate = 0;         ///< of the recipe or the method
    double highestRate = 0;          ///< of all steps, after schedule and train.learning_rates
    int64_t steps = 0, warmup = 0;   ///< of the whole run
    std::string metric = "loss";     ///< the one that judges the task
    bool metricRises = false;        ///< whether more of it is better
    std::vector<std::string> names;  ///< one label a row, or one tag a token: the classes by id; else empty
    std::vector<int64_t> trained, heldOut;  ///< rows (or tokens) of each class
};

/// Follows a run's events and gives its warnings, each once:
/// nothing_learned   the learning rate is 0 or never gets to its value; one class only; every gradient is 0;
///                   a classifier that is no better than the shares of the labels
/// ended_worse       the validation loss, or the task's metric, is worse than before training, or no better
/// diverged          the training or validation loss is far above where it began
/// overfitting       the validation loss rose over the last evaluations while the training loss fell
class LearningWatch {
  public:
    explicit LearningWatch(LearningPlan plan) : m_plan(std::move(plan)) {}

    std::vector<WarningEvent> beforeStart() const;
    /// What is to be said after this event. A resumed run is shown the events of its log first.
    std::vector<WarningEvent> after(const Event& event);

  private:
    struct Window {
        int64_t count = 0;
        double sum = 0, squares = 0;
        void add(double value);
        double mean() const { return sum / double(count); }
        double error() const;  ///< standard error of the mean
    };
    struct Evaluation {
        EvalEvent event;
        Window training;  ///< losses of the steps since the one before
    };

    void addStep(const StepEvent& step);
    void addEvaluation(const EvalEvent& eval);
    bool learnsFromRewards() const { return m_plan.metric == "reward"; }

    void checkGradients();
    void checkEnd();
    void checkTrainingLoss();
    void checkShares();
    void checkAgainstStart();
    void checkOverfitting();
    void say(const char* code, std::string message, std::string hint);

    LearningPlan m_plan;
    std::vector<WarningEvent> m_new;
    std::optional<Evaluation> m_before, m_best, m_end;  ///< of step 0, the lowest loss, the newest
    int64_t m_rises = 0;  ///< evaluations since the best one, each worse than the one before it; -1: not each
    Window m_first, m_last, m_sinceEvaluation;  ///< training losses: of the first and last quarter
    Window m_ended, m_noSignal;                 ///< of RolloutEvents
    int64_t m_steps = 0;                        ///< logged
    bool m_saidGradients = false;
    bool m_moved = false;  ///< some gradient was not 0
};

}  // namespace lathe
