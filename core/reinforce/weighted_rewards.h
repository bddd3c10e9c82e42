// SPDX-License-Identifier: GPL-3.0-or-later
// The rewards that a recipe names, added up.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/config/reward_settings.h"
#include "core/rewards/reward.h"

namespace lathe {

/// Those of a recipe's section `reinforcement`; RecipeInvalid for what is wrong with them.
Result<std::vector<RewardSettings>> rewardsOfTask(const Settings& settings);

/// Several rewards, added up by their weights.
class WeightedRewards {
  public:
    /// Opens the models there are on `device`. Errors as the rewards' own.
    static Result<WeightedRewards> make(const std::vector<RewardSettings>& settings,
                                        const std::string& device);

    /// Of a recipe's section `reinforcement`; errors as rewardsOfTask, too.
    static Result<WeightedRewards> ofTask(const Settings& settings, const std::string& device);

    struct Scores {
        std::vector<double> totals;             ///< one an answer
        std::vector<std::vector<double>> each;  ///< by reward, before weighing
    };
    Result<Scores> score(std::span<const SampledAnswer> answers);
    /// By reward; the second of a name has its number behind it.
    const std::vector<std::string>& names() const { return m_names; }

  private:
    std::vector<std::unique_ptr<Reward>> m_rewards;
    std::vector<double> m_weights;
    std::vector<std::string> m_names;
};

}  // namespace lathe
