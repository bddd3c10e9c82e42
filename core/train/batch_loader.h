// SPDX-License-Identifier: GPL-3.0-or-later
// Rows become batches on the device, in an order that depends on the seed and the epoch alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/data/task_data.h"
#include "core/model/language_model.h"

namespace lathe {

/// The numbers 0 … count-1 in an order made from `seed` and `epoch` alone, the same on every machine.
std::vector<int64_t> shuffledOrder(int64_t count, uint64_t seed, uint64_t epoch);

struct BatchSettings {
    int32_t padId = 0;
    at::Device device = at::kCPU;
    /// A language model's position t predicts targets[t + 1], any other head's its own.
    HeadKind head = HeadKind::LanguageModel;
    int64_t decoderStart = 0;  ///< SequenceToSequence: what the decoder reads first
    /// Positions of a soft prompt in front of every row: in the output too, or only as keys and values.
    int64_t promptTokens = 0, prefixTokens = 0;
};

/// What `model` takes: its head, where its target texts start, and its soft prompt as it is now.
BatchSettings batchSettingsFor(const LanguageModel& model, int32_t padId, at::Device device);

/// Right-pads `rows` to their longest and moves everything to the device. Preference rows make two rows each.
Batch makeBatch(std::span<const Example* const> rows, const BatchSettings& settings);

/// Where a run stands in its data: the row of the epoch's order that comes next.
struct DataCursor {
    int64_t epoch = 0;
    int64_t row = 0;
};

class BatchLoader {
  public:
    struct Settings {
        int64_t batchSize = 1;
        int64_t accumulation = 1;  ///< micro-batches a step
        uint64_t seed = 0;
        BatchSettings batch;
        std::optional<Masking> masking;  ///< tokens are hidden anew in each epoch
    };

    /// `rows` must not be empty and must outlive the loader.
    BatchLoader(const std::vector<Example>& rows, const Settings& settings);

    /// Optimiser steps in one epoch; a last partial batch and a last partial group count.
    int64_t stepsPerEpoch() const;
    /// Steps of a whole run: `maxSteps` when that is above 0, else as many as `epochs` need.
    int64_t totalSteps(double epochs, int64_t maxSteps) const;

    /// The rows that the first so many steps of a run take, in no particular order.
    std::vector<int64_t> rowsOfFirst(int64_t steps) const;

    /// The micro-batches of the next step; they never reach across the end of an epoch.
    std::vector<Batch> nextStep();

    const DataCursor& cursor() const { return m_cursor; }
    /// False when the cursor does not lie within these rows.
    bool restore(const DataCursor& cursor);

  private:
    /// The rows from the cursor up to `end` of the epoch's order.
    Batch nextBatch(int64_t end);

    const std::vector<Example>& m_rows;
    Settings m_settings;
    DataCursor m_cursor;
    std::vector<int64_t> m_order;
};

}  // namespace lathe
