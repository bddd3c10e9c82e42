// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lathe {

Result<Schedule> Schedule::make(const std::string& kind, int64_t warmupSteps, int64_t totalSteps) {
    Schedule schedule;
    schedule.m_warmup = std::max<int64_t>(warmupSteps, 0);
    schedule.m_total = std::max<int64_t>(totalSteps, 1);
    if (kind == "constant") {
        schedule.m_kind = Kind::Constant;
    } else if (kind == "linear") {
        schedule.m_kind = Kind::Linear;
    } else if (kind == "cosine") {
        schedule.m_kind = Kind::Cosine;
    } else {
        return Error{ErrorCode::Unsupported, "\"" + kind + "\" is no learning rate schedule",
                     "train.schedule", "use constant, linear or cosine"};
    }
    return schedule;
}

double Schedule::factor(int64_t step) const {
    if (step < m_warmup) return double(step) / double(std::max<int64_t>(1, m_warmup));
    const double rest = double(std::max<int64_t>(1, m_total - m_warmup));
    switch (m_kind) {
        case Kind::Constant:
            return 1;
        case Kind::Linear:
            return std::max(0.0, double(m_total - step) / rest);
        case Kind::Cosine: {
            const double progress = double(step - m_warmup) / rest;
            if (progress >= 1) return 0;
            return std::max(0.0, 0.5 * (1 + std::cos(std::numbers::pi * progress)));
        }
    }
    return 1;
}

double Schedule::highestFactor() const {
    return factor(std::min(m_warmup, m_total - 1));  // it rises up to there and never again
}

std::vector<CatalogEntry> scheduleEntries() {
    return {
        {"constant", "Constant", "The learning rate stays the same after the warm-up; for short trials.", {}},
        {"linear", "Linear", "Falls in a straight line to zero at the last step; a good first choice.", {}},
        {"cosine",
         "Cosine",
         "Falls along half a cosine: slow at first, slow at the end; usual for longer runs.",
         {}},
    };
}

}  // namespace lathe
