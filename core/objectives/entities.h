// SPDX-License-Identifier: GPL-3.0-or-later
// Entities of a tagged sentence: which words belong together and what they name.
#pragma once

#include <string>
#include <vector>

namespace lathe {

struct Entity {
    std::string kind;         ///< "PER" of B-PER
    int first = 0, last = 0;  ///< words, both included
    bool operator==(const Entity&) const = default;
};

/// In order, by the rules of conlleval and of seqeval's default mode over the tags that tagParts
/// knows: an entity starts at B and S, at an I or E that continues none of its kind, and ends at E and S.
std::vector<Entity> entitiesOf(const std::vector<std::string>& tags);

}  // namespace lathe
