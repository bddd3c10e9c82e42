// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <chrono>
#include <cmath>

namespace lathe {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

bool isDue(int64_t step, int64_t every) {
    return every > 0 && step % every == 0;
}

}  // namespace

at::Tensor trainStep(LanguageModel& model, const Objective& objective, AdamW& optimizer,
                     const std::vector<Batch>& batches, double learningRate, const StepAids& aids) {
    int64_t targets = 0;
    for (const Batch& batch : batches) targets += batch.targetCount;
    const double share = 1.0 / double(std::max<int64_t>(1, targets));
    at::Tensor total;
    for (const Batch& batch : batches) {
        if (batch.targetCount == 0) continue;
        const at::Tensor loss = objective.lossSum(model, batch) * share;
        loss.backward();
        total = total.defined() ? total + loss.detach() : loss.detach();
    }
    if (!total.defined()) return at::zeros({}, optimizer.gradNorm().options());
    for (const auto& aid : aids)
        if (const at::Tensor penalty = aid->penalty(); penalty.defined()) penalty.backward();
    for (const auto& aid : aids) aid->beforeUpdate();
    optimizer.step(learningRate, [&] {
        for (const auto& aid : aids) aid->afterUpdate(optimizer.updates());
    });
    return total;
}

Trainer::Trainer(LanguageModel& model, const Objective& objective, AdamW& optimizer, BatchSource& source,
                 const Schedule& schedule, const TrainerSettings& settings, TrainerHooks hooks,
                 const StepAids& aids)
    : m_model(model),
      m_objective(objective),
      m_optimizer(optimizer),
      m_source(source),
      m_schedule(schedule),
      m_settings(settings),
      m_hooks(std::move(hooks)),
      m_aids(aids),
      m_lossSum(at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(settings.device))) {
}

Result<bool> Trainer::fit(TrainState& state) {
    LATHE_CHECK(m_source.order.restore(state.cursor));
    m_savedStep = state.step > 0 ? state.step : -1;
    m_savedSeconds = state.seconds;
    m_lossSum.fill_(state.lossSinceLog);
    const Clock::time_point begin = Clock::now();
    const double secondsBefore = state.seconds;
    double paused = 0;
    const auto keepTime = [&] { state.seconds = secondsBefore + secondsSince(begin) - paused; };

    if (state.step == 0 || state.evaluationDue) LATHE_TRY_VOID(evaluate(state));
    if (state.step == 0) state.before = state.metrics;
    bool stopped = false;
    while (state.step < m_settings.totalSteps) {
        const Clock::time_point pause = Clock::now();
        if (m_hooks.betweenSteps) m_hooks.betweenSteps();
        paused += secondsSince(pause);
        stopped = m_hooks.stopAsked && m_hooks.stopAsked();
        if (stopped) break;
        LATHE_TRY(const bool done, doStep(state));
        keepTime();
        stopped = !done;
        if (stopped) break;
        const bool last = state.step == m_settings.totalSteps;
        if (last || isDue(state.step, m_settings.evalEvery)) LATHE_TRY_VOID(evaluate(state));
        keepTime();
        const bool late =
            m_settings.saveSeconds > 0 && state.seconds - m_savedSeconds >= m_settings.saveSeconds;
        if (last || late || isDue(state.step, m_settings.saveEvery)) LATHE_TRY_VOID(save(state));
    }
    if (stopped && state.step > 0 && m_savedStep != state.step) LATHE_TRY_VOID(save(state));
    keepTime();
    return stopped;
}

Result<bool> Trainer::doStep(TrainState& state) {
    const Clock::time_point begin = Clock::now();
    LATHE_TRY(const StepBatches taken, m_source.next(state.step + 1));
    if (taken.updates.empty()) return false;
    for (const Event& event : taken.events) LATHE_TRY_VOID(m_hooks.emit(event));
    if (m_model.is_training() != m_objective.usesDropout()) m_model.train(m_objective.usesDropout());
    const double learningRate = m_settings.learningRate * m_schedule.factor(state.step);
    const double share = 1.0 / double(taken.updates.size());
    for (const std::vector<Batch>& batches : taken.updates) {
        m_lossSum.add_(trainStep(m_model, m_objective, m_optimizer, batches, learningRate, m_aids), share);
        for (const Batch& batch : batches) m_tokensSinceLog += batch.tokens;
    }
    state.cursor = m_source.order.cursor();
    ++state.step;
    ++state.stepsSinceLog;
    const bool due = isDue(state.step, m_settings.logEvery) || state.step == m_settings.totalSteps;
    if (due) {
        LATHE_TRY(state.lossSinceLog, readLosses(state));  // waits for the device, so it belongs to the time
    }
    m_stepSeconds += secondsSince(begin);
    if (due) LATHE_TRY_VOID(log(state, learningRate));
    return true;
}

Result<double> Trainer::readLosses(TrainState& state) {
    const double sum = m_lossSum.item<double>();
    const double norm = m_optimizer.gradNorm().item<double>();
    if (std::isfinite(sum) && std::isfinite(norm)) return sum;
    const std::string what = std::isfinite(sum) ? "the gradient" : "the loss";
    return Error{ErrorCode::NonFinite, what + " is no longer a number at step " + std::to_string(state.step),
                 "step " + std::to_string(state.step),
                 "use a lower learning rate or more warm-up, clip with max_grad_norm, or compute in fp32"};
}

Result<void> Trainer::log(TrainState& state, double learningRate) {
    state.tokens += m_tokensSinceLog;
    StepEvent event;
    event.step = state.step;
    event.maxSteps = m_settings.totalSteps;
    event.epoch = double(state.step) / double(m_source.order.stepsPerEpoch());
    event.loss = state.trainLoss = state.lossSinceLog / double(state.stepsSinceLog);
    event.learningRate = learningRate;
    event.gradNorm = m_optimizer.gradNorm().item<double>();
    event.tokens = state.tokens;
    event.tokensPerSecond = m_stepSeconds > 0 ? double(m_tokensSinceLog) / m_stepSeconds : 0;
    event.memoryBytes = m_hooks.peakMemory ? m_hooks.peakMemory() : 0;
    m_lossSum.zero_();
    state.lossSinceLog = 0;
    state.stepsSinceLog = 0;
    m_tokensSinceLog = 0;
    m_stepSeconds = 0;
    return m_hooks.emit(event);
}

Result<void> Trainer::evaluate(TrainState& state) {
    if (!m_hooks.evaluate) return {};
    LATHE_TRY(const auto metrics, m_hooks.evaluate(state.step));
    state.evaluationDue = !metrics;
    if (!metrics || metrics->empty()) return {};
    state.metrics = *metrics;
    const auto found = state.metrics.find(m_settings.metric);
    if (found == state.metrics.end() || std::isnan(found->second)) return {};  // nothing is better than NaN
    const double metric = found->second;
    const bool better = m_settings.metricRises ? metric > state.bestMetric : metric < state.bestMetric;
    if (state.bestStep < 0 || better) {
        state.bestMetric = metric;
        state.bestStep = state.step;
    }
    return {};
}

Result<void> Trainer::save(TrainState& state) {
    // A checkpoint that cannot be trained further must never take the place of a good one.
    LATHE_TRY(state.lossSinceLog, readLosses(state));
    state.tokens += m_tokensSinceLog;
    m_tokensSinceLog = 0;
    m_stepSeconds = 0;
    LATHE_TRY(const auto folder, m_hooks.save(state));
    m_savedStep = state.step;
    m_savedSeconds = state.seconds;
    return m_hooks.emit(CheckpointEvent{state.step, folder.string()});
}

}  // namespace lathe
