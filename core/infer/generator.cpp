// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/generator.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "core/infer/beam_search.h"
#include "core/model/evaluation_mode.h"

namespace lathe {
namespace {

constexpr int64_t kMaxBeams = 64;

Error badArgument(const std::string& message) {
    return {ErrorCode::BadArgument, message, "", ""};
}

Result<void> checkArguments(const LanguageModel& model, const std::vector<int64_t>& prompt,
                            const GeneratorSettings& settings) {
    const ModelShape& shape = model.shape();
    if (prompt.empty()) return badArgument("there is no prompt to go on from");
    if (int64_t(prompt.size()) >= model.room()) {
        return badArgument("the prompt has " + std::to_string(prompt.size()) +
                           " tokens, but the model reads at most " + std::to_string(model.room()));
    }
    for (const int64_t id : prompt) {
        if (id < 0 || id >= shape.vocabulary) {
            return badArgument("token id " + std::to_string(id) + " is outside the vocabulary of " +
                               std::to_string(shape.vocabulary));
        }
    }
    if (settings.maxNewTokens < 0) return badArgument("the number of new tokens must not be negative");
    if (!(settings.temperature >= 0)) return badArgument("the temperature must be 0 or more");
    if (settings.beams < 1 || settings.beams > kMaxBeams)
        return badArgument("there can be 1 to " + std::to_string(kMaxBeams) + " beams");
    if (settings.beams > 1 && settings.temperature > 0)
        return badArgument("several beams look for the likeliest text; they go with temperature 0");
    if (!(settings.topP > 0 && settings.topP <= 1)) return badArgument("top-p must be above 0 and at most 1");
    return {};
}

/// Draws an id from softmax(logits / temperature), cut to the smallest set of likeliest ids that reaches
/// topP.
int64_t sampled(const at::Tensor& logits, const GeneratorSettings& settings, std::mt19937_64& random) {
    const float* values = logits.data_ptr<float>();
    const auto count = static_cast<size_t>(logits.numel());
    const double top = *std::max_element(values, values + count);
    std::vector<double> weights(count);
    for (size_t i = 0; i < count; ++i)
        weights[i] = std::exp((double(values[i]) - top) / settings.temperature);
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);

    std::vector<size_t> order(count);
    std::iota(order.begin(), order.end(), size_t(0));
    double kept = total;
    if (settings.topP < 1) {
        std::stable_sort(order.begin(), order.end(),
                         [&](size_t a, size_t b) { return weights[a] > weights[b]; });
        kept = 0;
        size_t used = 0;
        while (used < count && kept < settings.topP * total) kept += weights[order[used++]];
        order.resize(used);
    }
    // 53 random bits as a number in [0, 1): the same on every platform, unlike
    // std::uniform_real_distribution.
    double rest = double(random() >> 11) * 0x1p-53 * kept;
    for (const size_t id : order) {
        rest -= weights[id];
        if (rest < 0) return int64_t(id);
    }
    return int64_t(order.back());
}

}  // namespace

Result<std::vector<int64_t>> generate(LanguageModel& model, const std::vector<int64_t>& promptIds,
                                      const GeneratorSettings& settings, const TokenSink& onToken) {
    const ModelShape& shape = model.shape();
    LATHE_TRY_VOID(checkArguments(model, promptIds, settings));
    at::NoGradGuard noGrad;
    const EvaluationMode evaluation(model);
    const at::Device device = model.parameters().front().device();
    const bool readsSource = shape.head == HeadKind::SequenceToSequence;
    const int64_t used = readsSource ? 1 : int64_t(promptIds.size());
    const int64_t room = std::min(settings.maxNewTokens, model.room() - used);

    std::mt19937_64 random(settings.seed);
    KeyValueCache cache;
    at::Tensor next = at::tensor(promptIds, at::kLong).unsqueeze(0).to(device);
    if (readsSource) {
        Batch source;
        source.ids = next;
        model.readSource(source, cache);
        next = at::full({1, 1}, shape.decoderStart, next.options());
    }
    if (settings.beams > 1) {
        LATHE_TRY(auto found, beamSearch(model, next, cache, settings, room));
        for (const int64_t id : found)
            if (onToken && !onToken(id)) break;
        return found;
    }
    std::vector<int64_t> ids;
    while (int64_t(ids.size()) < room) {
        if (settings.stopAsked && settings.stopAsked()) return writingStopped();
        const at::Tensor logits = model.step(next, cache).select(0, 0).to(at::kCPU, at::kFloat).contiguous();
        if (!logits.isfinite().all().item<bool>()) {
            return Error{ErrorCode::NonFinite, "the model's output is not a number", "",
                         "the weights may be damaged"};
        }
        const int64_t id =
            settings.temperature > 0 ? sampled(logits, settings, random) : logits.argmax().item<int64_t>();
        if (std::find(settings.stopIds.begin(), settings.stopIds.end(), id) != settings.stopIds.end()) break;
        ids.push_back(id);
        if (onToken && !onToken(id)) break;
        next = at::full({1, 1}, id, at::TensorOptions(at::kLong).device(device));
    }
    return ids;
}

}  // namespace lathe
