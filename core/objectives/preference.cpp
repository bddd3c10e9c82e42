// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/preference.h"

#include <algorithm>

#include "core/ops/linear_cross_entropy.h"

namespace lathe {
namespace {

const std::vector<std::string> kLosses{"sigmoid", "hinge", "ipo", "kto"};  // in the order of PreferenceLoss

at::Tensor ktoLosses(double beta, const at::Tensor& chosen, const at::Tensor& rejected) {
    const at::Tensor chosenMean = chosen.detach().mean().clamp_min(0),
                     rejectedMean = rejected.detach().mean().clamp_min(0);
    const at::Tensor wanted = at::sigmoid(beta * (chosen - rejectedMean)),
                     unwanted = at::sigmoid(beta * (chosenMean - rejected));
    return 1 - (wanted + unwanted) / 2;
}

at::Tensor logRatiosOf(LanguageModel& model, const Batch& batch) {
    return answerLogProbabilities(model, batch) - batch.reference;
}

}  // namespace

at::Tensor preferenceLosses(const PreferenceSettings& settings, const at::Tensor& logRatios,
                            const at::Tensor& tokens) {
    const double beta = settings.beta, smoothing = settings.labelSmoothing;
    const auto halves = logRatios.chunk(2), lengths = tokens.chunk(2);
    const at::Tensor lead = halves[0] - halves[1];
    switch (settings.loss) {
        case PreferenceLoss::Sigmoid: {
            const at::Tensor right = -at::log_sigmoid(beta * lead);
            if (smoothing == 0) return right;
            return (1 - smoothing) * right - smoothing * at::log_sigmoid(-beta * lead);
        }
        case PreferenceLoss::Hinge:
            return at::relu(1 - beta * lead);
        case PreferenceLoss::Ipo:
            return (halves[0] / lengths[0] - halves[1] / lengths[1] - 1 / (2 * beta)).square();
        case PreferenceLoss::Kto:
            return ktoLosses(beta, halves[0], halves[1]);
    }
    LATHE_CHECK(!"a loss of no kind");
    return {};
}

at::Tensor answerLogProbabilities(LanguageModel& model, const Batch& batch) {
    const at::Tensor each =
        linearLogProbabilities(model.hidden(batch), model.languageHead(), batch.lossRows, batch.lossTargets);
    return at::zeros_like(batch.reference).index_add(0, batch.targetRows, each.to(at::kDouble));
}

const std::vector<Field>& preferenceFields() {
    static const std::vector<Field> fields{
        {"loss",
         FieldKind::Choice,
         std::string("sigmoid"),
         {},
         {},
         kLosses,
         "What is made of the lead of the better answer: sigmoid is DPO itself, hinge stops at a lead, ipo "
         "aims at a fixed one, kto judges each answer by itself, against the mean of its batch: its loss "
         "depends "
         "on train.batch_size, and train.gradient_accumulation is no larger batch for it.",
         false},
        {"beta",
         FieldKind::Number,
         0.1,
         1e-4,
         100.0,
         {},
         "How closely the model is held to the one it started from; less lets it go further. Usual: 0.01 to "
         "0.5.",
         false},
        {"label_smoothing",
         FieldKind::Number,
         0.0,
         0.0,
         0.5,
         {},
         "The share of pairs that may be the wrong way round; sigmoid only. Usual: 0, noisy pairs 0.1.",
         true},
    };
    return fields;
}

Result<std::unique_ptr<Objective>> PreferenceObjective::make(const Settings& settings) {
    PreferenceSettings own;
    const std::string loss = textSetting(settings, "loss", kLosses.front());
    const auto known = std::find(kLosses.begin(), kLosses.end(), loss);
    LATHE_CHECK(known != kLosses.end());
    own.loss = static_cast<PreferenceLoss>(known - kLosses.begin());
    own.beta = numberSetting(settings, "beta", own.beta);
    own.labelSmoothing = numberSetting(settings, "label_smoothing", own.labelSmoothing);
    if (own.labelSmoothing > 0 && own.loss != PreferenceLoss::Sigmoid)
        return Error{ErrorCode::RecipeInvalid, "label smoothing has no meaning for the loss " + loss,
                     "objective.label_smoothing", "write loss: sigmoid, or label_smoothing: 0"};
    return std::unique_ptr<Objective>(new PreferenceObjective(own));
}

at::Tensor PreferenceObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    return preferenceLosses(m_settings, logRatiosOf(model, batch), batch.answerTokens).sum().to(at::kFloat);
}

void PreferenceObjective::evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const {
    const at::Tensor logRatios = logRatiosOf(model, batch);
    const at::Tensor losses = preferenceLosses(m_settings, logRatios, batch.answerTokens);
    addLoss(losses.sum(), batch, sums);
    addRows(losses, sums);
    const auto rewards = (m_settings.beta * logRatios).chunk(2);
    addRewards(rewards[0], rewards[1], sums);
}

std::map<std::string, double> PreferenceObjective::metrics(const EvaluationSums& sums) const {
    return rewardMetrics(sums);
}

}  // namespace lathe
