// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a run fits into the memory that there is, and if not, which change would make it fit.
#pragma once

#include <functional>
#include <optional>

#include "core/base/note.h"
#include "core/config/recipe.h"
#include "core/run/bill.h"

namespace lathe {

/// Free to take on the recipe's device. 0: not known.
struct FreeMemory {
    int64_t bytes = 0;
    std::string where;  ///< "the machine", "the control group", "ulimit -v", "the GPU"
};
FreeMemory freeMemory(const std::string& device);

/// What a changed recipe would need, by the bill; an error where it cannot be trained.
using NeedOf = std::function<Result<int64_t>(const Recipe&)>;

/// Nothing when `need` bytes fit with a tenth to spare, which is what the bill may be off by; else the note
/// memory_short: what is needed, what there is, and as its hint the smallest of the usual changes with which
/// the bill fits.
std::optional<Note> memoryNote(const Recipe& recipe, int64_t need, const FreeMemory& room,
                               const NeedOf& needOf);

}  // namespace lathe
