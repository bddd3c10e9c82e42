// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/metric_series.h"

#include <algorithm>
#include <cmath>

namespace lathe {

qsizetype MetricSeries::append(const QList<double>& xs, const QList<double>& ys) {
    const qsizetype first = m_xs.size();
    const qsizetype count = std::min(xs.size(), ys.size());
    for (qsizetype i = 0; i < count; ++i) {
        if (!std::isfinite(xs[i]) || !std::isfinite(ys[i])) continue;
        m_xs.append(xs[i]);
        m_ys.append(ys[i]);
    }
    smoothFrom(first);
    return first;
}

void MetricSeries::setSmoothing(double weight) {
    m_weight = std::clamp(weight, 0.0, 0.99);
    m_smoothed.clear();
    m_mean = 0;
    m_decay = 1;
    smoothFrom(0);
}

void MetricSeries::clear() {
    m_xs.clear();
    m_ys.clear();
    setSmoothing(m_weight);
}

void MetricSeries::smoothFrom(qsizetype first) {
    if (m_weight <= 0) return;
    for (qsizetype i = first; i < m_ys.size(); ++i) {
        m_mean = m_weight * m_mean + (1 - m_weight) * m_ys[i];
        m_decay *= m_weight;
        m_smoothed.append(m_mean / (1 - m_decay));
    }
}

}  // namespace lathe
