// SPDX-License-Identifier: GPL-3.0-or-later
// A few fixed rows answered by the model as it learns, so that progress can be read and not only plotted.
#pragma once

#include <string>
#include <vector>

#include "core/config/label_kind.h"
#include "core/run/events/events.h"
#include "core/target/row_prompt.h"

namespace lathe {

struct ProgressSamplerSettings {
    HeadLabels labels;
    std::optional<ChatFormat> chat;  ///< its stop tokens end an answer
    BatchSettings batch;
};

class ProgressSampler {
  public:
    /// Keeps copies of the first few rows. Borrows model and tokenizer.
    ProgressSampler(LanguageModel& model, const Tokenizer& tokenizer, const std::vector<Example>& rows,
                    const ProgressSamplerSettings& settings);

    /// One event a row: "positive 0.93" for a classifier, the labels or the number where it gives these, the
    /// scores of a pair for a reward model, a short greedy text for what writes; nothing for the other heads.
    /// Uses no random numbers.
    Result<std::vector<SampleEvent>> sample(int64_t step) const;

  private:
    std::vector<SampleEvent> classify(int64_t step) const;
    std::vector<SampleEvent> judge(int64_t step) const;
    /// What the head makes of the kept rows, float32 on the CPU.
    at::Tensor scores() const;
    Result<std::vector<SampleEvent>> continueTexts(int64_t step) const;

    LanguageModel& m_model;
    const Tokenizer& m_tokenizer;
    ProgressSamplerSettings m_settings;
    std::vector<Example> m_rows;      ///< classification
    std::vector<RowPrompt> m_starts;  ///< language tasks
    std::vector<int64_t> m_stopIds;
};

}  // namespace lathe
