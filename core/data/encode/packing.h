// SPDX-License-Identifier: GPL-3.0-or-later
// Several short rows in one sequence, each for itself: none sees another (methods.md, "Targets and packing",
// "bfd").
#pragma once

#include "core/data/encode/example.h"

namespace lathe {

/// Which rows share a sequence of at most `capacity` tokens: the longest first, each into the fullest
/// sequence that still has room for it. A longer row than that stays alone. The same groups on every machine.
std::vector<std::vector<int64_t>> bestFit(const std::vector<Example>& rows, int64_t capacity);

/// The rows one behind the other. The first token of each is nothing to be predicted from the row before.
Example joined(const std::vector<const Example*>& rows);

}  // namespace lathe
