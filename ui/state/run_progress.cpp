// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_progress.h"

#include <QCoreApplication>
#include <algorithm>

namespace lathe {
namespace {
constexpr qsizetype kRecentSteps = 50;
}

void RunProgress::reset() {
    *this = RunProgress();
}

void RunProgress::add(const Event& event) {
    if (const auto* phase = std::get_if<PhaseEvent>(&event)) m_phase = phase->name;
    if (const auto* checkpoint = std::get_if<CheckpointEvent>(&event)) m_checkpointStep = checkpoint->step;
    if (const auto* counts = std::get_if<ParametersEvent>(&event)) m_parameters = *counts;
    const auto* step = std::get_if<StepEvent>(&event);
    if (!step) return;
    // Events carry no clock: the time of a step is its tokens over its speed.
    const int64_t steps = step->step - m_last.step;
    const int64_t tokens = step->tokens - m_last.tokens;
    if (steps > 0 && tokens > 0 && step->tokensPerSecond > 0)
        m_stepSeconds.append(double(tokens) / step->tokensPerSecond / double(steps));
    if (m_stepSeconds.size() > kRecentSteps) m_stepSeconds.removeFirst();
    m_peakBytes = std::max(m_peakBytes, step->memoryBytes);
    m_last = *step;
}

double RunProgress::fraction() const {
    return m_last.maxSteps > 0 ? std::clamp(double(m_last.step) / double(m_last.maxSteps), 0.0, 1.0) : 0;
}

double RunProgress::secondsLeft() const {
    if (m_stepSeconds.isEmpty() || m_last.maxSteps <= 0) return -1;
    QList<double> sorted = m_stepSeconds;
    const auto middle = sorted.begin() + sorted.size() / 2;
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle * double(m_last.maxSteps - m_last.step);
}

QString phaseText(const std::string& phase) {
    const auto words = [](const char* text) { return QCoreApplication::translate("Phase", text); };
    if (phase == "load_base") return words(QT_TRANSLATE_NOOP("Phase", "loading the base"));
    if (phase == "load_data") return words(QT_TRANSLATE_NOOP("Phase", "reading the data"));
    if (phase == "reference") return words(QT_TRANSLATE_NOOP("Phase", "asking the model as it is"));
    if (phase == "train") return words(QT_TRANSLATE_NOOP("Phase", "training"));
    if (phase == "evaluate") return words(QT_TRANSLATE_NOOP("Phase", "evaluating"));
    if (phase == "save") return words(QT_TRANSLATE_NOOP("Phase", "saving"));
    return QString::fromStdString(phase);
}

}  // namespace lathe
