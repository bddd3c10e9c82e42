// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows each step takes, in an order that depends on the seed and the epoch alone.
#pragma once

#include <cstdint>
#include <vector>

namespace lathe {

/// The numbers 0 … count-1 in an order made from `seed` and `epoch` alone, the same on every machine.
std::vector<int64_t> shuffledOrder(int64_t count, uint64_t seed, uint64_t epoch);

/// Where a run stands in its data: the row of the epoch's order that comes next.
struct DataCursor {
    int64_t epoch = 0;
    int64_t row = 0;
};

class RowOrder {
  public:
    struct Settings {
        int64_t batchSize = 1;
        int64_t accumulation = 1;  ///< micro-batches a step
        uint64_t seed = 0;
    };

    /// `rows` must be above 0.
    RowOrder(int64_t rows, const Settings& settings);

    /// Optimiser steps in one epoch; a last partial batch and a last partial group count.
    int64_t stepsPerEpoch() const;
    /// Steps of a whole run: `maxSteps` when that is above 0, else as many as `epochs` need.
    int64_t totalSteps(double epochs, int64_t maxSteps) const;
    /// The rows that the first so many steps of a run take, in no particular order.
    std::vector<int64_t> rowsOfFirst(int64_t steps) const;

    /// The rows of the next step's micro-batches; they never reach across the end of an epoch. Afterwards the
    /// cursor's epoch is theirs.
    std::vector<std::vector<int64_t>> nextStep();

    const DataCursor& cursor() const { return m_cursor; }
    /// False when the cursor does not lie within these rows.
    bool restore(const DataCursor& cursor);

  private:
    int64_t m_rows;
    Settings m_settings;
    DataCursor m_cursor;
    std::vector<int64_t> m_order;
};

}  // namespace lathe
