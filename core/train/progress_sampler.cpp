// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/progress_sampler.h"

#include <algorithm>
#include <cstdio>

#include "core/data/roles/labels.h"
#include "core/model/evaluation_mode.h"
#include "core/objectives/classify.h"

namespace lathe {
namespace {

constexpr std::size_t kClassifiedRows = 3;
constexpr std::size_t kContinuedRows = 2;
constexpr std::size_t kLongestPrompt = 256;  ///< longer ones would cost more than the look is worth
constexpr int64_t kNewTokens = 32;

/// What a row's shares, (outputs), say.
std::string answerIn(const at::Tensor& shares, const HeadLabels& labels) {
    if (labels.kind == LabelKind::Number) return numberText(shares[0].item<double>());
    std::vector<std::string> told;
    const int64_t best = shares.argmax().item<int64_t>();
    for (int64_t label = 0; label < shares.numel(); ++label) {
        const double share = shares[label].item<double>();
        if (labels.kind == LabelKind::Several ? share <= kLikely : label != best) continue;
        char text[16];
        std::snprintf(text, sizeof text, " %.2f", share);
        told.push_back(labels.names[static_cast<std::size_t>(label)] + text);
    }
    return labelList(told);
}

}  // namespace

ProgressSampler::ProgressSampler(LanguageModel& model, const Tokenizer& tokenizer,
                                 const std::vector<Example>& rows, const ProgressSamplerSettings& settings)
    : m_model(model), m_tokenizer(tokenizer), m_settings(settings) {
    const HeadKind head = settings.batch.head;
    if (head == HeadKind::SequenceClassification) {
        m_rows.assign(rows.begin(),
                      rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kClassifiedRows)));
        return;
    }
    if (head != HeadKind::LanguageModel && head != HeadKind::SequenceToSequence) return;
    m_stopIds = answerEnds(tokenizer, settings.chat);
    for (const Example& row : rows) {
        if (m_starts.size() == kContinuedRows) break;
        RowPrompt start = rowPrompt(row, head, tokenizer);
        if (!start.ids.empty() && start.ids.size() <= kLongestPrompt) m_starts.push_back(std::move(start));
    }
}

Result<std::vector<SampleEvent>> ProgressSampler::sample(int64_t step) const {
    if (!m_rows.empty()) return m_rows.front().rejected.ids.empty() ? classify(step) : judge(step);
    return continueTexts(step);
}

at::Tensor ProgressSampler::scores() const {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(m_model);
    std::vector<const Example*> rows;
    for (const Example& row : m_rows) rows.push_back(&row);
    const Batch batch = makeBatch(rows, m_settings.batch);
    return m_model.classify(m_model.hidden(batch), batch).to(at::kFloat).cpu();
}

std::vector<SampleEvent> ProgressSampler::judge(int64_t step) const {
    const at::Tensor rewards = scores();  // (2 * rows, 1)
    const auto reward = [&](std::size_t row) { return rewards[static_cast<int64_t>(row)][0].item<double>(); };
    std::vector<SampleEvent> events;
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        char text[64];
        std::snprintf(text, sizeof text, "\u2713 %.2f   \u2717 %.2f", reward(i), reward(m_rows.size() + i));
        events.push_back({step, m_rows[i].prompt, text});
    }
    return events;
}

std::vector<SampleEvent> ProgressSampler::classify(int64_t step) const {
    const at::Tensor shares = outputShares(scores(), m_settings.labels.kind);  // (rows, labels)
    std::vector<SampleEvent> events;
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        events.push_back(
            {step, m_rows[i].text, answerIn(shares[static_cast<int64_t>(i)], m_settings.labels)});
    return events;
}

Result<std::vector<SampleEvent>> ProgressSampler::continueTexts(int64_t step) const {
    std::vector<SampleEvent> events;
    for (const RowPrompt& start : m_starts) {
        LATHE_TRY(std::string text, answerFrom(m_model, m_tokenizer, start, m_stopIds, kNewTokens));
        events.push_back({step, start.prompt, std::move(text)});
    }
    return events;
}

}  // namespace lathe
