// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/answer_sampler.h"

#include <algorithm>

#include "core/base/split_mix.h"
#include "core/model/evaluation_mode.h"

namespace lathe {
namespace {

Result<void> checkPrompts(const LanguageModel& model, const std::vector<std::vector<int32_t>>& prompts) {
    for (const auto& prompt : prompts) {
        const auto bad = [&](const std::string& what) {
            return Error{ErrorCode::BadArgument, what,
                         "prompt " + std::to_string(&prompt - prompts.data() + 1), ""};
        };
        if (prompt.empty()) return bad("there is no prompt to go on from");
        if (static_cast<int64_t>(prompt.size()) >= model.room())
            return bad("the prompt has " + std::to_string(prompt.size()) +
                       " tokens, the model reads at most " + std::to_string(model.room()));
        for (const int32_t id : prompt)
            if (id < 0 || id >= model.shape().vocabulary)
                return bad("token id " + std::to_string(id) + " is outside the vocabulary");
    }
    return {};
}

/// The answers being written, and which of them each row of the batch is.
class Writing {
  public:
    Writing(LanguageModel& model, const std::vector<std::vector<int32_t>>& prompts,
            const AnswerSettings& settings)
        : m_model(model), m_settings(settings), m_device(model.wordEmbeddings().device()) {
        for (const auto& prompt : prompts)
            for (int64_t copy = 0; copy < settings.copies; ++copy) {
                SplitMix seeds(settings.seed + 0x9E3779B97F4A7C15u * (settings.place + m_rows.size()));
                m_random.emplace_back(seeds.next());
                m_room.push_back(
                    std::min(settings.maxNewTokens, model.room() - static_cast<int64_t>(prompt.size())));
                m_rows.push_back(m_rows.size());
            }
        answers.resize(m_rows.size());
    }

    /// Reads the prompts, each once; logits (answers, vocabulary).
    at::Tensor read(const std::vector<std::vector<int32_t>>& prompts);
    /// Takes a token for each row. False when every answer is complete, else the batch is what is left.
    Result<bool> take(const at::Tensor& logits);
    at::Tensor next() { return m_model.step(m_last, m_cache); }

    std::vector<WrittenAnswer> answers;

  private:
    /// On the CPU, (rows) each.
    struct Choice {
        at::Tensor ids;   ///< int64
        at::Tensor odds;  ///< float32, their log-probabilities; undefined with temperature 0
    };
    Choice choose(const at::Tensor& logits);
    at::Tensor onDevice(const std::vector<int64_t>& values) const {
        return at::tensor(values, at::kLong).to(m_device);
    }

    LanguageModel& m_model;
    const AnswerSettings& m_settings;
    at::Device m_device;
    KeyValueCache m_cache;
    std::vector<SplitMix> m_random;   ///< one an answer
    std::vector<int64_t> m_room;      ///< one an answer
    std::vector<std::size_t> m_rows;  ///< of the batch: the answer
    at::Tensor m_last;                ///< (rows, 1)
};

at::Tensor Writing::read(const std::vector<std::vector<int32_t>>& prompts) {
    std::vector<int64_t> lengths, copies;
    for (const auto& prompt : prompts) {
        lengths.push_back(static_cast<int64_t>(prompt.size()));
        copies.insert(copies.end(), static_cast<std::size_t>(m_settings.copies),
                      static_cast<int64_t>(lengths.size()) - 1);
    }
    const auto [shortest, longest] = std::minmax_element(lengths.begin(), lengths.end());
    at::Tensor ids = at::zeros({static_cast<int64_t>(prompts.size()), *longest}, at::kLong);
    for (std::size_t row = 0; row < prompts.size(); ++row)
        std::copy(prompts[row].begin(), prompts[row].end(),
                  ids.data_ptr<int64_t>() + static_cast<int64_t>(row) * *longest);
    if (*shortest != *longest) m_cache.lengths = onDevice(lengths);
    const at::Tensor logits = m_model.step(ids.to(m_device), m_cache);
    if (m_settings.copies == 1) return logits;
    const at::Tensor rows = onDevice(copies);
    m_cache.keepRows(rows);
    return logits.index_select(0, rows);
}

Writing::Choice Writing::choose(const at::Tensor& logits) {
    if (m_settings.temperature == 0) return {logits.argmax(1).cpu(), {}};
    std::vector<double> shares;
    for (const std::size_t answer : m_rows) shares.push_back(m_random[answer].share());
    const at::Tensor odds = at::log_softmax(logits.to(at::kFloat) / m_settings.temperature, 1);
    const at::Tensor ids = sampledIds(odds, m_settings.topP, at::tensor(shares, at::kDouble).to(m_device));
    return {ids.cpu(), odds.gather(1, ids.unsqueeze(1)).squeeze(1).cpu()};
}

Result<bool> Writing::take(const at::Tensor& logits) {
    if (!logits.isfinite().all().item<bool>())
        return Error{ErrorCode::NonFinite, "the model's output is not a number", "",
                     "use a lower learning rate, or look whether the weights are damaged"};
    const Choice choice = choose(logits);
    std::vector<int64_t> kept, last;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        WrittenAnswer& answer = answers[m_rows[row]];
        const int64_t id = choice.ids.const_data_ptr<int64_t>()[row];
        answer.ids.push_back(static_cast<int32_t>(id));
        if (choice.odds.defined())
            answer.logProbabilities.push_back(choice.odds.const_data_ptr<float>()[row]);
        answer.ended =
            std::find(m_settings.stopIds.begin(), m_settings.stopIds.end(), id) != m_settings.stopIds.end();
        if (answer.ended || static_cast<int64_t>(answer.ids.size()) >= m_room[m_rows[row]]) continue;
        kept.push_back(static_cast<int64_t>(row));
        last.push_back(id);
        rows.push_back(m_rows[row]);
    }
    if (rows.empty()) return false;
    if (rows.size() < m_rows.size()) m_cache.keepRows(onDevice(kept));
    m_rows = std::move(rows);
    m_last = onDevice(last).unsqueeze(1);
    return true;
}

}  // namespace

at::Tensor sampledIds(const at::Tensor& logProbabilities, double topP, const at::Tensor& shares) {
    // Added up in float64: float32 loses the small shares of a large vocabulary.
    at::Tensor odds = logProbabilities.to(at::kDouble).exp(), order;
    if (topP < 1) {
        std::tie(odds, order) = odds.sort(1, /*descending=*/true);
        odds = odds.masked_fill(odds.cumsum(1) - odds >= topP, 0);
    }
    const at::Tensor sums = odds.cumsum(1);
    const at::Tensor wanted = shares.unsqueeze(1) * sums.narrow(1, sums.size(1) - 1, 1);
    const at::Tensor places =
        at::searchsorted(sums, wanted, /*out_int32=*/false, /*right=*/true).clamp_max(sums.size(1) - 1);
    return (order.defined() ? order.gather(1, places) : places).squeeze(1);
}

Result<std::vector<WrittenAnswer>> writeAnswers(LanguageModel& model,
                                                const std::vector<std::vector<int32_t>>& prompts,
                                                const AnswerSettings& settings) {
    LATHE_CHECK(settings.copies > 0 && settings.maxNewTokens > 0);
    LATHE_TRY_VOID(checkPrompts(model, prompts));
    std::vector<WrittenAnswer> none;
    if (prompts.empty()) return none;
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(model);
    Writing writing(model, prompts, settings);
    at::Tensor logits = writing.read(prompts);
    for (;;) {
        if (settings.stopAsked && settings.stopAsked()) return none;
        LATHE_TRY(const bool goesOn, writing.take(logits));
        if (!goesOn) return std::move(writing.answers);
        logits = writing.next();
    }
}

}  // namespace lathe
