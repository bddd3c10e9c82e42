// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/objectives/entities.h"

namespace lathe {

std::vector<Entity> entitiesOf(const std::vector<std::string>& tags) {
    std::vector<Entity> entities;
    bool inside = false;  // the word before belongs to the last entity
    for (int word = 0; word < static_cast<int>(tags.size()); ++word) {
        const std::string& tag = tags[static_cast<std::size_t>(word)];
        const bool begins = tag.starts_with("B-"), continues = tag.starts_with("I-");
        if (!begins && !continues) {
            inside = false;
            continue;
        }
        const std::string kind = tag.substr(2);
        if (continues && inside && entities.back().kind == kind)
            entities.back().last = word;
        else
            entities.push_back({kind, word, word});
        inside = true;
    }
    return entities;
}

}  // namespace lathe
