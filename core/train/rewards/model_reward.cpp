// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/rewards/model_reward.h"

#include <algorithm>

#include "core/train/loaded_model.h"

namespace lathe {
namespace {

/// What an answer without a word is worth to a reward model: it cannot be read.
constexpr double kNothingSaid = 0;

class ModelReward : public Reward {
  public:
    ModelReward(LoadedModel model, std::string label)
        : m_model(std::move(model)), m_label(std::move(label)) {}

    Result<std::vector<double>> score(std::span<const SampledAnswer> answers) override {
        std::vector<double> scores;
        for (const SampledAnswer& answer : answers) {
            const bool blank = answer.text.find_first_not_of(" \t\r\n") == std::string::npos;
            if (blank) {
                scores.push_back(kNothingSaid);
                continue;
            }
            LATHE_TRY(const double score, m_model.givesReward() ? rewardOf(answer) : shareOf(answer));
            scores.push_back(score);
        }
        return scores;
    }

  private:
    Result<double> rewardOf(const SampledAnswer& answer) {
        LATHE_TRY(const AnswerScore score, m_model.score(answer.prompt->text, answer.text, false));
        return *score.reward;
    }
    Result<double> shareOf(const SampledAnswer& answer) {
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

CatalogEntry modelRewardEntry() {
    return {kModelReward,
            "A model's judgement",
            "The score of a reward model, or how sure a classifier is of the label.",
            {{"model",
              FieldKind::Path,
              {},
              {},
              {},
              {},
              "The run folder of the reward model or the classifier.",
              false},
             {"label",
              FieldKind::Text,
              std::string(),
              {},
              {},
              {},
              "Of a classifier: the label that answers are to have.",
              false}}};
}

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
