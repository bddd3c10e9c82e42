// SPDX-License-Identifier: GPL-3.0-or-later
// What a run tells while it goes on: values that cross threads, one JSON line each (run-folder.md, "Events").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/run/events/run_status.h"

namespace lathe {

struct PhaseEvent {
    std::string name;  ///< load_base load_data reference train evaluate save
};
struct ParametersEvent {
    std::string method;
    int64_t trainable = 0;
    int64_t total = 0;
    double percent = 0;
};
struct StepEvent {
    int64_t step = 0;  ///< 1 for the first optimiser step
    int64_t maxSteps = 0;
    double epoch = 0;
    double loss = 0;
    double learningRate = 0;
    double gradNorm = 0;  ///< before clipping
    int64_t tokens = 0;   ///< real tokens so far, no padding
    double tokensPerSecond = 0;
    int64_t memoryBytes = 0;
};
struct EvalEvent {
    int64_t step = 0;
    double loss = 0;
    std::map<std::string, double> metrics;
};
struct SampleEvent {
    int64_t step = 0;
    std::string prompt;
    std::string text;
    std::optional<double> reward{};  ///< of an answer that was sampled to learn from
};
/// The answers that one step of reinforcement learns from.
struct RolloutEvent {
    int64_t step = 0;
    double reward = 0;  ///< mean over the answers
    double kl = 0;      ///< mean over their tokens of log π - log π_ref
    double length = 0;  ///< mean tokens of an answer
    /// reward_std; no_signal: share of groups whose answers all have the same reward; ended: share of answers
    /// that were not cut off; tokens_per_second of the sampling; reward/NAME: mean of one of several rewards
    std::map<std::string, double> metrics;
};
struct CheckpointEvent {
    int64_t step = 0;
    std::string path;
};
struct WarningEvent {
    std::string code, message, hint;
};
struct FinishedEvent {
    RunStatus status = RunStatus::Done;  ///< or Stopped, Failed
    std::string run;                     ///< the run folder
    int64_t steps = 0;
    double seconds = 0;
    std::map<std::string, double> metrics;
    std::optional<Error> error;  ///< with status failed
};

using Event = std::variant<PhaseEvent, ParametersEvent, StepEvent, EvalEvent, SampleEvent, RolloutEvent,
                           CheckpointEvent, WarningEvent, FinishedEvent>;
using EventSink = std::function<void(const Event&)>;

OrderedJson eventToJson(const Event& event);
/// FileMalformed for what is not an event; Unsupported for one of a kind that is not known.
Result<Event> eventFromJson(const Json& json, const std::string& place);

}  // namespace lathe
