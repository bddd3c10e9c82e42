// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/beam_search.h"

#include <algorithm>
#include <cmath>

namespace lathe {
namespace {

struct Text {
    std::vector<int64_t> ids;
    double score = 0;  ///< of a running text the sum, of a finished one over its length
};

class Search {
  public:
    Search(const GeneratorSettings& settings, int64_t room)
        : m_settings(settings), m_room(room), m_running(1) {}

    /// How many of the likeliest continuations to look at, so that enough of them go on.
    int64_t wanted() const {
        return m_settings.beams * std::max<int64_t>(2, 1 + static_cast<int64_t>(m_settings.stopIds.size()));
    }
    /// (running texts, 1) float32.
    at::Tensor scores() const {
        at::Tensor values = at::empty({static_cast<int64_t>(m_running.size()), 1}, at::kFloat);
        for (std::size_t i = 0; i < m_running.size(); ++i)
            values[static_cast<int64_t>(i)][0] = static_cast<float>(m_running[i].score);
        return values;
    }
    /// Takes the continuations in falling order: `from` which running text, with which token, at which sum.
    /// True when the search goes on; then `parents` and `tokens` are the new running texts'.
    bool take(const std::vector<int64_t>& from, const std::vector<int64_t>& tokens,
              const std::vector<float>& sums);

    const std::vector<int64_t>& parents() const { return m_parents; }
    std::vector<int64_t> lastTokens() const {
        std::vector<int64_t> last;
        for (const Text& text : m_running) last.push_back(text.ids.back());
        return last;
    }
    std::vector<int64_t> best() const {
        return m_finished.empty() ? std::vector<int64_t>() : m_finished.front().ids;
    }

  private:
    bool stops(int64_t token) const {
        return std::find(m_settings.stopIds.begin(), m_settings.stopIds.end(), token) !=
               m_settings.stopIds.end();
    }
    double overLength(double sum, int64_t length) const {
        return sum / std::pow(static_cast<double>(length), m_settings.lengthPenalty);
    }
    void finish(Text text);

    const GeneratorSettings& m_settings;
    int64_t m_room, m_length = 0;
    std::vector<Text> m_running, m_finished;  ///< the finished ones best first, at most as many as beams
    std::vector<int64_t> m_parents;
};

void Search::finish(Text text) {
    text.score = overLength(text.score, m_length);
    const auto place = std::find_if(m_finished.begin(), m_finished.end(),
                                    [&](const Text& other) { return other.score < text.score; });
    m_finished.insert(place, std::move(text));
    if (static_cast<int64_t>(m_finished.size()) > m_settings.beams) m_finished.pop_back();
}

bool Search::take(const std::vector<int64_t>& from, const std::vector<int64_t>& tokens,
                  const std::vector<float>& sums) {
    ++m_length;
    const bool last = m_length == m_room;
    std::vector<Text> running;
    m_parents.clear();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool among = static_cast<int64_t>(i) < m_settings.beams;  // only these may finish
        const bool ends = stops(tokens[i]);
        if ((ends || last) && !among) continue;
        Text text = m_running[static_cast<std::size_t>(from[i])];
        text.score = sums[i];
        if (!ends) text.ids.push_back(tokens[i]);
        if (ends || last) {
            finish(std::move(text));
        } else if (static_cast<int64_t>(running.size()) < m_settings.beams) {
            running.push_back(std::move(text));
            m_parents.push_back(from[i]);
        }
    }
    m_running = std::move(running);
    if (m_running.empty()) return false;
    if (static_cast<int64_t>(m_finished.size()) < m_settings.beams) return true;
    return overLength(m_running.front().score, m_length) > m_finished.back().score;
}

template <class T>
std::vector<T> toVector(const at::Tensor& values) {
    const at::Tensor host = values.to(at::kCPU).contiguous();
    return {host.const_data_ptr<T>(), host.const_data_ptr<T>() + host.numel()};
}

}  // namespace

Result<std::vector<int64_t>> beamSearch(LanguageModel& model, const at::Tensor& first, KeyValueCache& cache,
                                        const GeneratorSettings& settings, int64_t room) {
    Search search(settings, room);
    at::Tensor next = first;
    for (bool goesOn = room > 0; goesOn;) {
        if (settings.stopAsked && settings.stopAsked()) return writingStopped();
        const at::Tensor logits = model.step(next, cache).to(at::kFloat);
        if (!logits.isfinite().all().item<bool>())
            return Error{ErrorCode::NonFinite, "the model's output is not a number", "",
                         "the weights may be damaged"};
        const at::Tensor sums = at::log_softmax(logits, -1) + search.scores().to(logits.device());
        const int64_t vocabulary = logits.size(1);
        const auto [values, places] = at::topk(sums.view({-1}), std::min(search.wanted(), sums.numel()));
        goesOn = search.take(toVector<int64_t>(at::floor_divide(places, vocabulary)),
                             toVector<int64_t>(places.remainder(vocabulary)), toVector<float>(values));
        if (!goesOn) break;
        cache.keepRows(at::tensor(search.parents(), at::kLong).to(first.device()));
        next = at::tensor(search.lastTokens(), at::kLong).unsqueeze(1).to(first.device());
    }
    return search.best();
}

}  // namespace lathe
