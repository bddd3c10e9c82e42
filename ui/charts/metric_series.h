// SPDX-License-Identifier: GPL-3.0-or-later
// One curve's numbers: raw values with their running mean, kept beside the plot and appended to only.
#pragma once

#include <QList>

namespace lathe {

class MetricSeries {
  public:
    /// Adds values; not finite ones are left out. Returns the index of the first new one.
    qsizetype append(const QList<double>& xs, const QList<double>& ys);
    /// Weight of the past in the running mean, 0 … 0.99; makes the smoothed values anew. At 0 they are the
    /// values.
    void setSmoothing(double weight);
    void clear();

    const QList<double>& xs() const { return m_xs; }
    const QList<double>& ys() const { return m_ys; }
    /// The running mean without the pull to zero of its start (as Adam corrects its moments).
    const QList<double>& smoothed() const { return m_weight > 0 ? m_smoothed : m_ys; }
    bool isEmpty() const { return m_xs.isEmpty(); }

  private:
    void smoothFrom(qsizetype first);

    QList<double> m_xs, m_ys, m_smoothed;
    double m_weight = 0.9;
    double m_mean = 0;   ///< uncorrected running mean after the last value
    double m_decay = 1;  ///< weight^n
};

}  // namespace lathe
