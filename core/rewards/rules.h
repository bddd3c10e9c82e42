// SPDX-License-Identifier: GPL-3.0-or-later
// Rewards that need no model: what an answer looks like, what it says, whether its sum is right.
#pragma once

#include "core/config/catalog.h"
#include "core/rewards/reward.h"

namespace lathe {

/// THE list of rules, with their keys. A new one is one function and one line in rules.cpp.
std::vector<CatalogEntry> ruleEntries();

/// The rule of that name with complete settings; RecipeInvalid for a pattern that is no regular expression or
/// a key that is needed and was left out.
Result<std::unique_ptr<Reward>> makeRule(const std::string& name, const Settings& settings);

}  // namespace lathe
