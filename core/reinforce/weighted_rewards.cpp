// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/weighted_rewards.h"

#include <algorithm>

#include "core/catalog/catalog.h"
#include "core/reinforce/model_reward.h"
#include "core/rewards/rules.h"

namespace lathe {

Result<WeightedRewards> WeightedRewards::make(const std::vector<RewardSettings>& settings,
                                              const std::string& device) {
    WeightedRewards rewards;
    for (const RewardSettings& one : settings) {
        LATHE_TRY(auto reward, one.name == kModelReward ? makeModelReward(one.values, device)
                                                        : makeRule(one.name, one.values));
        rewards.m_rewards.push_back(std::move(reward));
        rewards.m_weights.push_back(one.weight);
        const auto before =
            std::count_if(settings.data(), &one, [&](const auto& other) { return other.name == one.name; });
        rewards.m_names.push_back(before == 0 ? one.name : one.name + "-" + std::to_string(before + 1));
    }
    return rewards;
}

Result<std::vector<RewardSettings>> rewardsOfTask(const Settings& settings) {
    const auto given = settings.find("reward");
    std::vector<std::string> faults;
    auto chosen =
        rewardSettings(given == settings.end() ? FieldValue() : given->second, engineCatalog(), faults);
    if (!faults.empty()) return Error{ErrorCode::RecipeInvalid, faults.front(), "reinforcement.reward", ""};
    return chosen;
}

Result<WeightedRewards> WeightedRewards::ofTask(const Settings& settings, const std::string& device) {
    LATHE_TRY(const auto chosen, rewardsOfTask(settings));
    return make(chosen, device);
}

Result<WeightedRewards::Scores> WeightedRewards::score(std::span<const SampledAnswer> answers) {
    Scores scores;
    scores.totals.assign(answers.size(), 0);
    for (std::size_t i = 0; i < m_rewards.size(); ++i) {
        LATHE_TRY(auto each, m_rewards[i]->score(answers));
        for (std::size_t row = 0; row < answers.size(); ++row) scores.totals[row] += m_weights[i] * each[row];
        scores.each.push_back(std::move(each));
    }
    return scores;
}

}  // namespace lathe
