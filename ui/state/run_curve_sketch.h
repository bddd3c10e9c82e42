// SPDX-License-Identifier: GPL-3.0-or-later
// A run's curve in small, made from its events one by one: some dozens of points, whatever its length.
#pragma once

#include <QList>
#include <cstdint>

#include "core/run/events/events.h"

namespace lathe {

class RunCurveSketch {
  public:
    /// Of step events the loss, of rollouts the reward; what is not finite is left out.
    void add(const Event& event);
    /// The rewards where there are some, else the losses; at most 60, each the mean of a stretch.
    QList<double> values() const;
    /// Of the last step event; 0 before one.
    int64_t step() const { return m_step; }
    int64_t maxSteps() const { return m_maxSteps; }

  private:
    struct Mean {
        double sum = 0;
        int64_t count = 0;
    };
    class Line {
      public:
        void add(double value);
        bool isEmpty() const { return m_means.isEmpty(); }
        QList<double> values() const;

      private:
        void halve();
        QList<Mean> m_means;
        int64_t m_stride = 1;  ///< values that one mean takes
    };

    Line m_losses, m_rewards;
    int64_t m_step = 0, m_maxSteps = 0;
};

}  // namespace lathe
