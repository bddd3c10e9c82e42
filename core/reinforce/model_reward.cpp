// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/model_reward.h"

#include <algorithm>
#include <optional>

#include "core/base/ascii.h"
#include "core/data/encode/row_parts.h"
#include "core/target/loaded_model.h"

namespace lathe {
namespace {

class ModelReward : public Reward {
  public:
    ModelReward(LoadedModel model, std::string label)
        : m_model(std::move(model)), m_label(std::move(label)) {}

    Result<std::vector<double>> score(std::span<const SampledAnswer> answers) override {
        std::vector<double> scores;
        std::vector<std::size_t> unreadable;
        std::optional<double> lowest, highest;
        for (const SampledAnswer& answer : answers) {
            const Result<double> score = m_model.givesReward() ? rewardOf(answer) : shareOf(answer);
            if (!score.ok() && !isBlank(answer.text)) return score.error();
            if (!score.ok()) unreadable.push_back(scores.size());
            scores.push_back(score.ok() ? score.value() : 0);
            if (!score.ok()) continue;
            lowest = std::min(lowest.value_or(score.value()), score.value());
            highest = std::max(highest.value_or(score.value()), score.value());
        }
        // A model whose tokenizer has no token for no text cannot judge it: it is to be no better than any.
        for (const std::size_t i : unreadable)
            if (lowest) scores[i] = *lowest - (*highest - *lowest);
        return scores;
    }

  private:
    Result<double> rewardOf(const SampledAnswer& answer) {
        LATHE_TRY(const AnswerScore score, m_model.score(answer.prompt->text, answer.text, false));
        return *score.reward;
    }
    Result<double> shareOf(const SampledAnswer& answer) {
        // A share begins at 0. A reward or a number has no origin: there nothing is an answer like any other.
        if (!m_label.empty() && isBlank(answer.text)) return 0.0;
        LATHE_TRY(const auto predictions, m_model.predict({answer.text}));
        if (predictions.front().kind == LabelKind::Number) return predictions.front().value;
        for (const auto& [label, share] : predictions.front().probabilities)
            if (label == m_label) return share;
        return 0.0;
    }

    LoadedModel m_model;
    std::string m_label;  ///< empty for a model that gives a number
};

}  // namespace

Result<std::unique_ptr<Reward>> makeModelReward(const Settings& settings, const std::string& device) {
    const std::string path = textSetting(settings, "model", ""), label = textSetting(settings, "label", "");
    LATHE_TRY(LoadedModel model, LoadedModel::open(path, {}, device));
    const auto& labels = model.labels;
    const auto bad = [&](const std::string& what, const std::string& hint) {
        return Error{ErrorCode::BadArgument, what, path, hint};
    };
    if (model.model->shape().head != HeadKind::SequenceClassification)
        return bad("the model judges no answers",
                   "a reward is a run of the task reward_model or classification");
    if (model.givesReward() || model.labelKind == LabelKind::Number)
        return std::unique_ptr<Reward>(std::make_unique<ModelReward>(std::move(model), ""));
    std::string known;
    for (const std::string& name : labels) known += (known.empty() ? "" : ", ") + name;
    if (std::find(labels.begin(), labels.end(), label) == labels.end())
        return bad(label.empty() ? "which label is wanted?" : "the classifier has no label \"" + label + "\"",
                   "write label: with one of " + known);
    return std::unique_ptr<Reward>(std::make_unique<ModelReward>(std::move(model), label));
}

}  // namespace lathe
