// SPDX-License-Identifier: GPL-3.0-or-later
// The learning rate over a run: warm-up, then constant, linear or cosine (methods.md, "Learning rate").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/catalog.h"

namespace lathe {

class Schedule {
  public:
    /// `kind` is one of scheduleEntries(); Unsupported otherwise.
    static Result<Schedule> make(const std::string& kind, int64_t warmupSteps, int64_t totalSteps);

    /// What the base learning rate is multiplied with in update `step`, counted from 0: with a warm-up the
    /// first update has factor 0, as in transformers.
    double factor(int64_t step) const;
    /// The largest factor of the run's updates: below 1 where the warm-up is as long as the run or longer, 0
    /// where its only update is the first of a warm-up.
    double highestFactor() const;

  private:
    enum class Kind { Constant, Linear, Cosine };
    Kind m_kind = Kind::Linear;
    int64_t m_warmup = 0;
    int64_t m_total = 1;
};

/// Names, titles and help of the schedules.
std::vector<CatalogEntry> scheduleEntries();

}  // namespace lathe
