// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rewards/entries.h"

#include "core/config/reward_settings.h"
#include "core/rewards/rules.h"

namespace lathe {
namespace {

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

}  // namespace

std::vector<CatalogEntry> rewardEntries() {
    std::vector<CatalogEntry> entries = ruleEntries();
    entries.push_back(modelRewardEntry());
    return entries;
}

}  // namespace lathe
