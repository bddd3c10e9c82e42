// SPDX-License-Identifier: GPL-3.0-or-later
// Where the trainer's steps come from: rows that are there, or answers that the model writes for each step.
#pragma once

#include <vector>

#include "core/batches/row_order.h"
#include "core/model/batch.h"
#include "core/run/events/events.h"

namespace lathe {

/// What one step trains on.
struct StepBatches {
    std::vector<std::vector<Batch>> updates;  ///< of the optimiser, each over its micro-batches
    std::vector<Event> events;                ///< what there is to tell about how they were made
};

class BatchSource {
  public:
    explicit BatchSource(const RowOrder& rows) : order(rows) {}
    virtual ~BatchSource() = default;

    /// What the next step, the run's `step`th from 1, trains on; no update when it was stopped meanwhile.
    virtual Result<StepBatches> next(int64_t step) = 0;

    RowOrder order;
};

}  // namespace lathe
