// SPDX-License-Identifier: GPL-3.0-or-later
// Entities of a tagged sentence (BIO): which words belong together and what they name.
#pragma once

#include <string>
#include <vector>

namespace lathe {

struct Entity {
    std::string kind;         ///< "PER" of B-PER
    int first = 0, last = 0;  ///< words, both included
    bool operator==(const Entity&) const = default;
};

/// In order. An entity starts at a B-, or at an I- that continues none of its kind; anything without a prefix
/// is outside. The rule of conlleval and of seqeval's default mode.
std::vector<Entity> entitiesOf(const std::vector<std::string>& tags);

}  // namespace lathe
