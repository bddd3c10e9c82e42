// SPDX-License-Identifier: GPL-3.0-or-later
// Where a run stands, folded from its events: phase, step, speed, time left, memory.
#pragma once

#include <QList>
#include <QString>
#include <cstdint>
#include <optional>

#include "core/run/events/events.h"

namespace lathe {

class RunProgress {
  public:
    void reset();
    void add(const Event& event);

    const std::string& phase() const { return m_phase; }
    const StepEvent& last() const { return m_last; }
    int64_t checkpointStep() const { return m_checkpointStep; }
    int64_t peakBytes() const { return m_peakBytes; }
    /// What the run says it trains; nothing before it has counted.
    const std::optional<ParametersEvent>& parameters() const { return m_parameters; }
    /// 0 … 1 of the steps.
    double fraction() const;
    /// Steps to go times the median of the recent steps' times; negative while there is nothing to go by.
    double secondsLeft() const;

  private:
    std::string m_phase;
    StepEvent m_last;
    QList<double> m_stepSeconds;  ///< of the recent steps
    std::optional<ParametersEvent> m_parameters;
    int64_t m_checkpointStep = 0, m_peakBytes = 0;
};

/// "load_base" → "loading the base", translated.
QString phaseText(const std::string& phase);

}  // namespace lathe
