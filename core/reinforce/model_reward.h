// SPDX-License-Identifier: GPL-3.0-or-later
// Answers judged by a trained model: a reward model's score, the number it learnt to give a text, or how sure
// a classifier is of a label.
#pragma once

#include "core/config/field.h"
#include "core/rewards/reward.h"

namespace lathe {

/// Opens the run or model folder. BadArgument where it has no such head or no label of that name; other
/// errors as LoadedModel::open.
Result<std::unique_ptr<Reward>> makeModelReward(const Settings& settings, const std::string& device);

}  // namespace lathe
