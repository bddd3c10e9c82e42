// SPDX-License-Identifier: GPL-3.0-or-later
// Rows become batches on the device.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/batches/batch_source.h"
#include "core/data/task_data.h"
#include "core/model/language_model.h"

namespace lathe {

struct BatchSettings {
    int32_t padId = 0;
    at::Device device = at::kCPU;
    /// A language model's position t predicts targets[t + 1], any other head's its own.
    HeadKind head = HeadKind::LanguageModel;
    int64_t decoderStart = 0;  ///< SequenceToSequence: what the decoder reads first
    int64_t outputs = 0;       ///< SequenceClassification: numbers that the head gives
    /// Positions of a soft prompt in front of every row: in the output too (not in that of a
    /// SequenceToSequence model, where it stands in front of the source), or only as keys and values.
    int64_t promptTokens = 0, prefixTokens = 0;
};

/// What `model` takes: its head, where its target texts start, and its soft prompt as it is now.
BatchSettings batchSettingsFor(const LanguageModel& model, int32_t padId, at::Device device);

/// Right-pads `rows` to their longest and moves everything to the device. Preference rows make two rows each.
Batch makeBatch(std::span<const Example* const> rows, const BatchSettings& settings);

class BatchLoader : public BatchSource {
  public:
    struct Settings {
        RowOrder::Settings order;
        BatchSettings batch;
        std::optional<Masking> masking;  ///< tokens are hidden anew in each epoch
        int64_t capacity = 0;  ///< rows share sequences of up to so many tokens; 0: each has its own
    };

    /// `rows` must not be empty and must outlive the loader.
    BatchLoader(const std::vector<Example>& rows, const Settings& settings);

    Result<StepBatches> next(int64_t step) override;
    /// The micro-batches of the next step.
    std::vector<Batch> nextStep();

  private:
    using Sequences = std::vector<std::vector<int64_t>>;
    BatchLoader(const std::vector<Example>& rows, const Settings& settings, Sequences sequences);

    Batch batchOf(const std::vector<int64_t>& numbers) const;
    Example packed(const std::vector<int64_t>& numbers) const;
    Example masked(int64_t number) const;

    const std::vector<Example>& m_rows;
    Settings m_settings;
    Sequences m_sequences;  ///< the rows of each packed one; empty: nothing is packed
};

}  // namespace lathe
