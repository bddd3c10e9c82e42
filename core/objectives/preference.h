// SPDX-License-Identifier: GPL-3.0-or-later
// Preferring the better of two answers without a reward model: DPO and its variants (methods.md,
// "Preference").
#pragma once

#include "core/config/field.h"
#include "core/objectives/objective.h"

namespace lathe {

enum class PreferenceLoss {
    Sigmoid,  ///< Rafailov et al. 2023; with label smoothing Mitchell 2023 ("conservative DPO")
    Hinge,    ///< Zhao et al. 2023 (SLiC)
    Ipo,      ///< Azar et al. 2023, by the mean over each answer's tokens
    Kto,      ///< Ethayarajh et al. 2024 for pairs, both answers weighing the same
};

struct PreferenceSettings {
    PreferenceLoss loss = PreferenceLoss::Sigmoid;
    double beta = 0.1;
    double labelSmoothing = 0;  ///< Sigmoid only
};

/// Per pair the loss, (pairs). `logRatios` (2 · pairs): log π(y|x) - log π_ref(y|x) of the better answers,
/// then of the worse ones; `tokens`, as many: the answers' lengths. With r, r' the log-ratios of the better
/// and the worse answer:
///   Sigmoid  -(1 - ε) log σ(β (r - r')) - ε log σ(-β (r - r'))
///   Hinge    max(0, 1 - β (r - r'))
///   Ipo      (r / n - r' / n' - 1 / 2β)²
///   Kto      ½ (1 - σ(β (r - z'))) + ½ (1 - σ(β (z - r'))); z, z' are the means over the batch of r and of
///   r', at
///            least 0 and without gradient: what a batch adds up to depends on which pairs share it.
at::Tensor preferenceLosses(const PreferenceSettings& settings, const at::Tensor& logRatios,
                            const at::Tensor& tokens);

/// (batch) float64: the log-probability of each row's answer, summed over its tokens. For batches of pairs.
at::Tensor answerLogProbabilities(LanguageModel& model, const Batch& batch);

const std::vector<Field>& preferenceFields();

class PreferenceObjective : public Objective {
  public:
    /// RecipeInvalid for settings that do not go together.
    static Result<std::unique_ptr<Objective>> make(const Settings& settings);

    HeadKind head() const override { return HeadKind::LanguageModel; }
    /// Sums of log-probabilities over whole answers move a model much further than a mean over tokens.
    double learningRateShare() const override { return 0.1; }
    bool needsReference() const override { return true; }
    bool usesDropout() const override { return false; }
    at::Tensor lossSum(LanguageModel& model, const Batch& batch) const override;
    void evaluate(LanguageModel& model, const Batch& batch, EvaluationSums& sums) const override;
    /// loss, reward_accuracy, chosen_reward, rejected_reward, reward_margin; a reward is β times the
    /// log-ratio
    std::map<std::string, double> metrics(const EvaluationSums& sums) const override;

  private:
    explicit PreferenceObjective(const PreferenceSettings& settings) : m_settings(settings) {}

    PreferenceSettings m_settings;
};

}  // namespace lathe
