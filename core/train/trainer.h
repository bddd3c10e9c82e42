// SPDX-License-Identifier: GPL-3.0-or-later
// The training loop and only the loop: micro-batches, normalised gradients, clip, step, schedule, and the
// moments at which to log, evaluate, save, pause and stop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/batches/batch_source.h"
#include "core/objectives/objective.h"
#include "core/optim/schedule.h"
#include "core/run/events/events.h"
#include "core/train/training_checkpoint.h"

namespace lathe {

/// One optimiser step over its micro-batches: gradients are those of the mean loss over the targets of all of
/// them (methods.md, "Gradient accumulation"), with the penalties of `aids`. Returns that mean, without
/// penalties, a float32 scalar still on the device. Nothing is read to the host.
at::Tensor trainStep(LanguageModel& model, const Objective& objective, AdamW& optimizer,
                     const std::vector<Batch>& batches, double learningRate, const StepAids& aids = {});

struct TrainerSettings {
    double learningRate = 1e-3;
    int64_t totalSteps = 1;
    int64_t evalEvery = 0;   ///< 0 = only before and at the end
    int64_t saveEvery = 0;   ///< 0 = only at the end
    double saveSeconds = 0;  ///< also when the run is so much longer than at the last one; 0 = never by time
    int64_t logEvery = 1;
    std::string metric = "loss";  ///< the one that names the better evaluation
    bool metricRises = false;
    at::Device device = at::kCPU;
};

/// Metrics on the validation rows, empty when there are no such rows; nothing when the evaluation was
/// stopped.
using Judged = std::optional<std::map<std::string, double>>;

/// What the loop asks of the outside. All are called on the training thread, between steps.
struct TrainerHooks {
    std::function<Result<void>(const Event&)> emit;
    /// An evaluation that was stopped is made when the run is resumed.
    std::function<Result<Judged>(int64_t step)> evaluate;
    std::function<Result<std::filesystem::path>(const TrainState&)> save;
    std::function<void()> betweenSteps;  ///< may pause; may be empty
    std::function<bool()> stopAsked;
    std::function<int64_t()> peakMemory;  ///< bytes of the run so far; may be empty
};

inline const StepAids kNoAids;

class Trainer {
  public:
    /// Borrows all but the schedule, the settings and the hooks.
    Trainer(LanguageModel& model, const Objective& objective, AdamW& optimizer, BatchSource& source,
            const Schedule& schedule, const TrainerSettings& settings, TrainerHooks hooks,
            const StepAids& aids = kNoAids);

    /// Goes on from `state` (its cursor is restored) to the last step or to a stop; `state` is kept current,
    /// so it tells how far the run came also after an error. True when it was stopped.
    Result<bool> fit(TrainState& state);

  private:
    /// False when it was stopped before anything was learnt.
    Result<bool> doStep(TrainState& state);
    Result<void> log(TrainState& state, double learningRate);
    Result<void> evaluate(TrainState& state);
    Result<void> save(TrainState& state);
    /// Reads the losses since the last read; NonFinite when they or the gradient norm are not numbers.
    Result<double> readLosses(TrainState& state);

    LanguageModel& m_model;
    const Objective& m_objective;
    AdamW& m_optimizer;
    BatchSource& m_source;
    Schedule m_schedule;
    TrainerSettings m_settings;
    TrainerHooks m_hooks;
    const StepAids& m_aids;
    at::Tensor m_lossSum;      ///< float64 on the device: step losses not yet read
    double m_stepSeconds = 0;  ///< spent in steps since the last log
    int64_t m_tokensSinceLog = 0;
    int64_t m_savedStep = -1;
    double m_savedSeconds = 0;  ///< TrainState::seconds then
};

}  // namespace lathe
