// SPDX-License-Identifier: GPL-3.0-or-later
// THE list of rewards, with their keys: the rules, and a model's judgement.
#pragma once

#include <vector>

#include "core/config/catalog.h"

namespace lathe {

std::vector<CatalogEntry> rewardEntries();

}  // namespace lathe
