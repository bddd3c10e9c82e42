// SPDX-License-Identifier: GPL-3.0-or-later
// What decides a run's memory, from its recipe, its base and the rows that are there.
#pragma once

#include <vector>

#include "core/base/json.h"
#include "core/data/task_data.h"
#include "core/peft/memory_estimate.h"

namespace lathe {

/// The lengths of the rows to train on, in tokens.
struct RowSummary {
    int64_t longest = 0;           ///< of pairs the longer answer with the prompt; 0: no rows are known
    int64_t longestTarget = 0;     ///< of the target texts (sequence_to_sequence)
    std::vector<int64_t> targets;  ///< predicted positions of the rows that have most, falling; at most 4,096
    int64_t bytes = 0;             ///< of all rows in memory
};

RowSummary summaryOf(const std::vector<Example>& rows);

/// Of the rows that the recipe names, as they are encoded for its base; of the first ones of a large file.
/// Empty where there are no rows yet, or none that can be read. The last answers are kept, so that asking
/// again for other settings costs nothing.
RowSummary rowsOfRecipe(const Recipe& recipe);

/// `config` is the base's config.json. Without rows every row is taken to be as long as it may be.
RunFacts runFacts(const Recipe& recipe, const ModelShape& shape, const Json& config, const RowSummary& rows);

}  // namespace lathe
