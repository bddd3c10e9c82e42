// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_curve_sketch.h"

#include <cmath>

namespace lathe {
namespace {
constexpr qsizetype kMostPoints = 60;
}

void RunCurveSketch::Line::add(double value) {
    if (!std::isfinite(value)) return;
    if (m_means.isEmpty() || m_means.last().count == m_stride) {
        if (m_means.size() == kMostPoints) halve();
        m_means.append(Mean());
    }
    m_means.last().sum += value;
    ++m_means.last().count;
}

/// Each two neighbours become one.
void RunCurveSketch::Line::halve() {
    for (qsizetype i = 0; i < m_means.size() / 2; ++i)
        m_means[i] = {m_means[2 * i].sum + m_means[2 * i + 1].sum,
                      m_means[2 * i].count + m_means[2 * i + 1].count};
    m_means.resize(m_means.size() / 2);
    m_stride *= 2;
}

QList<double> RunCurveSketch::Line::values() const {
    QList<double> values;
    for (const Mean& mean : m_means) values.append(mean.sum / double(mean.count));
    return values;
}

void RunCurveSketch::add(const Event& event) {
    if (const auto* step = std::get_if<StepEvent>(&event)) {
        m_losses.add(step->loss);
        m_step = step->step;
        m_maxSteps = step->maxSteps;
    } else if (const auto* rollout = std::get_if<RolloutEvent>(&event)) {
        m_rewards.add(rollout->reward);
    }
}

QList<double> RunCurveSketch::values() const {
    return m_rewards.isEmpty() ? m_losses.values() : m_rewards.values();
}

}  // namespace lathe
