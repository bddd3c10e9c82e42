// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/policy.h"

#include <algorithm>

#include "core/ops/linear_cross_entropy.h"

namespace lathe {
namespace {

// Each in the order of its enum.
const std::vector<std::string> kAlgorithms{"ppo", "grpo"};
const std::vector<std::string> kScales{"group", "batch", "none"};
const std::vector<std::string> kMeans{"dapo", "grpo", "bnpo", "dr_grpo"};

template <class Enum>
Enum choiceOf(const Settings& settings, const std::string& key, const std::vector<std::string>& names,
              Enum fallback) {
    const std::string& usual = names[static_cast<std::size_t>(fallback)];
    const auto found = std::find(names.begin(), names.end(), textSetting(settings, key, usual));
    LATHE_CHECK(found != names.end());
    return static_cast<Enum>(found - names.begin());
}

std::vector<Field> samplingFields() {
    using enum FieldKind;
    return {
        {"algorithm",
         Choice,
         std::string("grpo"),
         {},
         {},
         kAlgorithms,
         "grpo compares several answers to the same prompt; ppo learns beside it what reward is to be "
         "expected.",
         false},
        {"reward",
         RewardList,
         {},
         {},
         {},
         {},
         "What an answer is rewarded for: rules, a reward model or a classifier, several of them weighted.",
         false},
        {"generations",
         Integer,
         {},
         1.0,
         256.0,
         {},
         "Answers to each prompt; left out, 8 for grpo and 1 for ppo. More is steadier and takes longer.",
         false},
        {"max_new_tokens",
         Integer,
         int64_t(48),
         1.0,
         4096.0,
         {},
         "Where an answer is cut off; the time of a step grows with it. Usual: 32 to 512.",
         false},
        {"temperature",
         Number,
         1.0,
         0.01,
         10.0,
         {},
         "How freely answers are sampled; lower keeps closer to the likeliest one. Usual: 0.7 to 1.",
         true},
        {"top_p",
         Number,
         1.0,
         0.01,
         1.0,
         {},
         "Sample from the likeliest tokens that together have this probability. Usual: 1.",
         true},
        {"kl_coefficient",
         Number,
         {},
         0.0,
         100.0,
         {},
         "How closely the model is held to the one it started from; left out, 0 for grpo and 0.05 for ppo.",
         false},
        {"missing_eos_penalty",
         Number,
         0.0,
         0.0,
         1000.0,
         {},
         "Taken from the reward of an answer that was cut off before it ended. Usual: 0 to 1.",
         true},
    };
}

std::vector<Field> updateFields() {
    using enum FieldKind;
    return {
        {"iterations",
         Integer,
         {},
         1.0,
         100.0,
         {},
         "How often the answers of a step are learnt from; left out, 1 for grpo and 4 for ppo.",
         true},
        {"minibatches",
         Integer,
         int64_t(1),
         1.0,
         256.0,
         {},
         "Updates of the weights in which the answers of a step are learnt from each time. Usual: 1 to 4.",
         true},
        {"clip_range",
         Number,
         0.2,
         0.0,
         10.0,
         {},
         "How far the odds of a token may move within a step before it teaches no more. Usual: 0.2.",
         true},
        {"clip_range_high",
         Number,
         {},
         0.0,
         10.0,
         {},
         "The same upwards; left out, clip_range. Usual: 0.2 to 0.28.",
         true},
        {"scale_rewards",
         Choice,
         std::string("group"),
         {},
         {},
         kScales,
         "grpo: what the lead over the other answers is divided by: their spread, that of the whole step, or "
         "nothing.",
         true},
        {"loss_type",
         Choice,
         std::string("dapo"),
         {},
         {},
         kMeans,
         "grpo: dapo gives every token the same weight, grpo every answer, bnpo every batch; dr_grpo divides "
         "by "
         "max_new_tokens.",
         true},
        {"mask_truncated_completions",
         Bool,
         false,
         {},
         {},
         {},
         "Answers that were cut off before they ended teach nothing.",
         true},
        {"gamma",
         Number,
         1.0,
         0.0,
         1.0,
         {},
         "ppo: what a reward is still worth one token earlier. Usual: 1.",
         true},
        {"lam",
         Number,
         0.95,
         0.0,
         1.0,
         {},
         "ppo: how far advantages look ahead rather than trust the value head. Usual: 0.95.",
         true},
        {"vf_coef",
         Number,
         0.1,
         0.0,
         100.0,
         {},
         "ppo: the weight of the value head's loss. Usual: 0.1.",
         true},
        {"cliprange_value",
         Number,
         0.2,
         0.0,
         100.0,
         {},
         "ppo: how far the value head may move within a step. Usual: 0.2.",
         true},
    };
}

}  // namespace

const std::vector<Field>& policyFields() {
    static const std::vector<Field> fields = [] {
        std::vector<Field> all = samplingFields();
        for (Field& field : updateFields()) all.push_back(std::move(field));
        return all;
    }();
    return fields;
}

PolicySettings policySettings(const Settings& settings) {
    PolicySettings own;
    own.algorithm = choiceOf(settings, "algorithm", kAlgorithms, own.algorithm);
    const bool ppo = own.algorithm == PolicyAlgorithm::Ppo;
    own.generations = integerSetting(settings, "generations", ppo ? 1 : 8);
    own.maxNewTokens = integerSetting(settings, "max_new_tokens", own.maxNewTokens);
    own.temperature = numberSetting(settings, "temperature", own.temperature);
    own.topP = numberSetting(settings, "top_p", own.topP);
    own.iterations = integerSetting(settings, "iterations", ppo ? 4 : 1);
    own.minibatches = integerSetting(settings, "minibatches", own.minibatches);
    own.klCoefficient = numberSetting(settings, "kl_coefficient", ppo ? 0.05 : 0);
    own.clipLow = numberSetting(settings, "clip_range", own.clipLow);
    own.clipHigh = numberSetting(settings, "clip_range_high", own.clipLow);
    own.missingEosPenalty = numberSetting(settings, "missing_eos_penalty", 0);
    own.maskTruncated = boolSetting(settings, "mask_truncated_completions", false);
    own.scale = choiceOf(settings, "scale_rewards", kScales, own.scale);
    own.mean = ppo ? TokenMean::Dapo : choiceOf(settings, "loss_type", kMeans, own.mean);
    own.gamma = numberSetting(settings, "gamma", own.gamma);
    own.lambda = numberSetting(settings, "lam", own.lambda);
    own.valueCoefficient = numberSetting(settings, "vf_coef", own.valueCoefficient);
    own.valueClip = numberSetting(settings, "cliprange_value", own.valueClip);
    return own;
}

at::Tensor policyLosses(const PolicySettings& settings, const at::Tensor& newLogProbabilities,
                        const at::Tensor& old, const at::Tensor& reference, const at::Tensor& advantages) {
    const at::Tensor before = old.defined() ? old : newLogProbabilities.detach();
    const at::Tensor ratio = (newLogProbabilities - before).exp();
    const at::Tensor clipped = ratio.clamp(1 - settings.clipLow, 1 + settings.clipHigh);
    const at::Tensor losses = -at::min(ratio * advantages, clipped * advantages);
    if (!reference.defined()) return losses;
    const at::Tensor lead = reference - newLogProbabilities;
    return losses + settings.klCoefficient * (lead.exp() - lead - 1);
}

at::Tensor valueLosses(const PolicySettings& settings, const at::Tensor& values, const at::Tensor& oldValues,
                       const at::Tensor& returns) {
    const at::Tensor near =
        at::min(at::max(values, oldValues - settings.valueClip), oldValues + settings.valueClip);
    return 0.5 * at::max((values - returns).square(), (near - returns).square());
}

Result<std::unique_ptr<Objective>> PolicyObjective::make(const Settings& settings) {
    const PolicySettings own = policySettings(settings);
    if (own.algorithm == PolicyAlgorithm::Grpo && own.generations < 2)
        return Error{ErrorCode::RecipeInvalid,
                     "grpo compares the answers to a prompt with each other and needs several",
                     "reinforcement.generations", "write generations: 8, or algorithm: ppo"};
    return std::unique_ptr<Objective>(new PolicyObjective(own));
}

void PolicyObjective::prepare(const LanguageModel& model) {
    if (m_settings.algorithm != PolicyAlgorithm::Ppo) return;
    const auto options = at::TensorOptions().dtype(at::kFloat).device(model.wordEmbeddings().device());
    m_valueWeight = at::zeros({model.shape().hidden}, options).requires_grad_();
    m_valueBias = at::zeros({1}, options).requires_grad_();
}

std::vector<TrainedParameter> PolicyObjective::ownParameters() const {
    if (!m_valueWeight.defined()) return {};
    return {{.name = "v_head.weight", .tensor = m_valueWeight},
            {.name = "v_head.bias", .tensor = m_valueBias, .decays = false}};
}

PolicyObjective::Tokens PolicyObjective::tokensOf(LanguageModel& model, const Batch& batch) const {
    const at::Tensor hidden = model.hidden(batch);
    Tokens tokens;
    tokens.logProbabilities = linearLogProbabilities(hidden, model.languageHead(), batch.lossRows,
                                                     batch.lossTargets, m_settings.temperature);
    if (m_valueWeight.defined())
        tokens.values = hidden.reshape({-1, hidden.size(-1)})
                            .index_select(0, batch.lossRows)
                            .to(at::kFloat)
                            .matmul(m_valueWeight) +
                        m_valueBias;
    return tokens;
}

at::Tensor PolicyObjective::lossSum(LanguageModel& model, const Batch& batch) const {
    const Tokens tokens = tokensOf(model, batch);
    at::Tensor losses = policyLosses(m_settings, tokens.logProbabilities, batch.sampledLogProbabilities,
                                     batch.referenceLogProbabilities, batch.advantages);
    if (tokens.values.defined())
        losses = losses + m_settings.valueCoefficient *
                              valueLosses(m_settings, tokens.values, batch.sampledValues, batch.returns);
    return (losses * batch.weights).sum();
}

}  // namespace lathe
