// SPDX-License-Identifier: GPL-3.0-or-later
// What reinforcement rewards: rules and models, several of them weighted.
#pragma once

#include <string>
#include <vector>

#include "core/config/catalog.h"

namespace lathe {

/// The catalog's reward that judges with a trained model; every other one is a rule.
constexpr const char* kModelReward = "model";

struct RewardSettings {
    std::string name;  ///< of the catalog's entry
    double weight = 1;
    Settings values;  ///< every field of the entry has its value
};

/// The key that every reward has beside its own.
const Field& rewardWeightField();

/// A RewardList field's value as settings by the catalog's entries, defaults filled. A sentence in `faults`
/// for each thing that is wrong: no reward at all, an unknown rule or key, a value that does not fit, none
/// for a field without a default.
std::vector<RewardSettings> rewardSettings(const FieldValue& value, const Catalog& catalog,
                                           std::vector<std::string>& faults);

}  // namespace lathe
