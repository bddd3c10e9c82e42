// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/learning_watch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

namespace lathe {
namespace {

constexpr double kFar = 1.5, kFarAtLeast = 0.5;  ///< a loss is far above another: times, and by
constexpr double kRisen = 1.05;                  ///< overfitting: the last validation loss against the best
constexpr int kFewest = 4;                       ///< losses that make a mean with an error
constexpr double kErrors = 2;                    ///< standard errors that count as noise
constexpr double kNearShares = 0.98;             ///< of the entropy: no better than the shares of the labels

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string stepsText(int64_t steps) {
    return std::to_string(steps) + (steps == 1 ? " step" : " steps");
}

int64_t sumOf(const std::vector<int64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), int64_t(0));
}

/// Entropy of the shares in nats: the loss of always giving them.
double entropyOf(const std::vector<int64_t>& counts) {
    const double total = double(sumOf(counts));
    double entropy = 0;
    for (const int64_t count : counts)
        if (count > 0) entropy -= double(count) / total * std::log(double(count) / total);
    return entropy;
}

bool isFarAbove(double value, double start) {
    return value > start * kFar && value > start + kFarAtLeast;
}

/// How much of a metric that is a difference and not the noise of summing in another order.
double smallestChange(double value) {
    return 1e-6 * std::max(1.0, std::abs(value));
}

}  // namespace

void LearningWatch::Window::add(double value) {
    ++count;
    sum += value;
    squares += value * value;
}

double LearningWatch::Window::error() const {
    if (count < 2) return 0;
    const double variance = std::max(0.0, squares / double(count) - mean() * mean());
    return std::sqrt(variance / double(count - 1));
}

std::vector<WarningEvent> LearningWatch::beforeStart() const {
    std::vector<WarningEvent> warnings;
    const std::string steps = stepsText(m_plan.steps), warmup = stepsText(m_plan.warmup);
    const char* shorter = "set train.warmup_steps to about a tenth of the steps, or train longer";
    if (m_plan.highestRate <= 0 && (m_plan.learningRate <= 0 || m_plan.warmup < m_plan.steps))
        warnings.push_back({"nothing_learned", "the learning rate is 0 at every step",
                            "set train.learning_rate and train.learning_rates above 0, or leave them out"});
    else if (m_plan.highestRate <= 0)
        warnings.push_back({"nothing_learned",
                            "the learning rate is 0 at every step: a warm-up of " + warmup +
                                " begins at 0, and the run has " + steps,
                            shorter});
    else if (m_plan.warmup >= m_plan.steps)
        warnings.push_back({"nothing_learned",
                            "the learning rate never reaches " + number(m_plan.learningRate) +
                                ": the highest of the " + steps + " is " + number(m_plan.highestRate) +
                                ", because the warm-up takes " + warmup,
                            shorter});
    const auto isThere = [](int64_t count) { return count > 0; };
    if (std::count_if(m_plan.trained.begin(), m_plan.trained.end(), isThere) == 1) {
        const auto only = std::find_if(m_plan.trained.begin(), m_plan.trained.end(), isThere);
        const std::string& name = m_plan.names[std::size_t(only - m_plan.trained.begin())];
        warnings.push_back(
            {"nothing_learned",
             "all " + std::to_string(*only) + " training examples have the same label, " + name,
             "train on rows with other labels too; is the file sorted, and data.limit set?"});
    }
    return warnings;
}

std::vector<WarningEvent> LearningWatch::after(const Event& event) {
    m_new.clear();
    if (const auto* step = std::get_if<StepEvent>(&event)) addStep(*step);
    if (const auto* eval = std::get_if<EvalEvent>(&event)) addEvaluation(*eval);
    if (const auto* rollout = std::get_if<RolloutEvent>(&event)) {
        const auto add = [&](Window& window, const char* name) {
            const auto found = rollout->metrics.find(name);
            if (found != rollout->metrics.end()) window.add(found->second);
        };
        add(m_ended, "ended");
        add(m_noSignal, "no_signal");
    }
    if (const auto* end = std::get_if<FinishedEvent>(&event); end && end->status == RunStatus::Done) {
        checkGradients();
        checkEnd();
    }
    return std::move(m_new);
}

void LearningWatch::addStep(const StepEvent& step) {
    ++m_steps;
    m_moved = m_moved || step.gradNorm != 0;
    if (step.step * 4 <= m_plan.steps) m_first.add(step.loss);
    if ((m_plan.steps - step.step) * 4 < m_plan.steps) m_last.add(step.loss);
    m_sinceEvaluation.add(step.loss);
}

void LearningWatch::addEvaluation(const EvalEvent& eval) {
    const Evaluation now{eval, std::exchange(m_sinceEvaluation, {})};
    if (!m_best || std::isnan(m_best->event.loss) || eval.loss < m_best->event.loss) {
        m_best = now;
        m_rises = 0;
    } else {
        m_rises = m_rises >= 0 && eval.loss > m_end->event.loss ? m_rises + 1 : -1;
    }
    m_end = now;
    if (eval.step == 0) m_before = now;
    if (eval.step > 0) checkGradients();
}

void LearningWatch::checkGradients() {
    if (m_steps == 0 || m_moved || m_saidGradients) return;
    m_saidGradients = true;
    const std::string steps = stepsText(m_steps);
    std::string why, hint = "see which tokens are trained with lathe-run preview, and what the method trains";
    if (m_ended.count > 0 && m_ended.sum == 0) {
        why = ", and every answer was cut off";
        hint = "raise reinforcement.max_new_tokens";
    } else if (m_noSignal.count > 0 && m_noSignal.mean() >= 1) {
        why = ", and in every group all answers got the same reward";
        hint = "raise reinforcement.temperature or generations, or take a reward that tells answers apart";
    }
    say("nothing_learned", "every gradient of the first " + steps + " was 0" + why, hint);
}

void LearningWatch::checkEnd() {
    const bool judged = m_before && m_end && m_end->event.step > 0;
    if (judged) checkAgainstStart();
    checkTrainingLoss();
    for (const WarningEvent& warning : m_new)
        if (warning.code == "diverged") return;  // the other remedies are the opposite
    checkShares();
    if (judged) checkOverfitting();
}

void LearningWatch::checkTrainingLoss() {
    if (learnsFromRewards() || (m_end && m_end->event.step > 0)) return;  // validation rows tell it better
    if (m_first.count < kFewest || m_last.count < kFewest) return;
    const double noise = kErrors * std::hypot(m_first.error(), m_last.error());
    if (!isFarAbove(m_last.mean() - noise, m_first.mean())) return;
    say("diverged",
        "the training loss rose from " + number(m_first.mean()) + " in the first quarter of the run to " +
            number(m_last.mean()) + " in the last",
        "use a lower learning rate (a tenth is a good try) or more warm-up");
}

void LearningWatch::checkShares() {
    const bool judged = m_end && m_end->event.step > 0;
    const std::vector<int64_t>& counts = judged ? m_plan.heldOut : m_plan.trained;
    const double total = double(sumOf(counts)), entropy = total > 0 ? entropyOf(counts) : 0;
    if (entropy <= 0 || m_plan.highestRate <= 0) return;
    const char* hint = "raise the learning rate or train longer; are text and labels the right columns?";
    if (!judged) {
        const auto flat = [&](const Window& losses) {
            return losses.count >= kFewest && losses.mean() >= entropy - kErrors * losses.error();
        };
        if (flat(m_first) && flat(m_last))
            say("nothing_learned",
                "the training loss stayed at " + number(m_last.mean()) +
                    "; always giving the labels' shares has " + number(entropy),
                hint);
        return;
    }
    const EvalEvent& end = m_end->event;
    const auto accuracy = end.metrics.find("accuracy");
    if (accuracy == end.metrics.end()) return;
    const double most = double(*std::max_element(counts.begin(), counts.end())) / total;
    const double noise = std::sqrt(most * (1 - most) / total);
    if (end.loss < kNearShares * entropy || accuracy->second > most + noise) return;
    say("nothing_learned",
        "the validation loss is " + number(end.loss) + " and the accuracy " + number(accuracy->second) +
            "; always giving the labels' shares has " + number(entropy) + " and " + number(most),
        hint);
}

void LearningWatch::checkAgainstStart() {
    const EvalEvent &before = m_before->event, &end = m_end->event;
    if (!learnsFromRewards() && isFarAbove(end.loss, before.loss))
        return say("diverged",
                   "the validation loss rose from " + number(before.loss) + " before training to " +
                       number(end.loss),
                   "use a lower learning rate (a tenth is a good try) or more warm-up");
    const char* hint =
        "try another learning rate, more steps or more rows; an earlier evaluation may be better";
    if (!learnsFromRewards() && !(end.loss < before.loss - smallestChange(before.loss)))
        say("ended_worse",
            "the validation loss is no lower than before training: " + number(end.loss) + ", before " +
                number(before.loss),
            hint);
    const auto was = before.metrics.find(m_plan.metric), is = end.metrics.find(m_plan.metric);
    if (was == before.metrics.end() || is == end.metrics.end()) return;
    const double gain = (is->second - was->second) * (m_plan.metricRises ? 1 : -1);
    const bool worse = gain < -smallestChange(was->second);
    const bool same = learnsFromRewards() && gain <= smallestChange(was->second);
    if (worse || same)
        say("ended_worse",
            m_plan.metric + " is " + (worse ? "worse" : "no better") +
                " than before training: " + number(is->second) + ", before " + number(was->second),
            hint);
}

void LearningWatch::checkOverfitting() {
    // The best evaluation is of a trained model, and at least two follow, each worse than the one before it.
    if (learnsFromRewards() || m_best->event.step == 0 || m_rises < 2) return;
    const Window &then = m_best->training, &now = m_end->training;
    if (then.count == 0 || now.count == 0 || now.mean() >= then.mean()) return;
    if (m_end->event.loss < m_best->event.loss * kRisen) return;
    say("overfitting",
        "the validation loss rose from " + number(m_best->event.loss) + " at step " +
            std::to_string(m_best->event.step) + " to " + number(m_end->event.loss) +
            ", while the training loss fell from " + number(then.mean()) + " to " + number(now.mean()),
        "train for fewer steps, or use more rows, a smaller rank, dropout or weight decay");
}

void LearningWatch::say(const char* code, std::string message, std::string hint) {
    m_new.push_back({code, std::move(message), std::move(hint)});
}

}  // namespace lathe
