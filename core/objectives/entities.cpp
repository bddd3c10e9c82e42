// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/entities.h"

#include "core/data/roles/tag_scheme.h"

namespace lathe {
namespace {

bool ends(const TagParts& before, const TagParts& tag) {
    if (before.place == 'O') return false;
    if (before.place == 'E' || before.place == 'S') return true;
    return tag.place == 'B' || tag.place == 'S' || tag.place == 'O' || before.kind != tag.kind;
}

bool starts(const TagParts& before, const TagParts& tag) {
    if (tag.place == 'O') return false;
    if (tag.place == 'B' || tag.place == 'S') return true;
    return before.place == 'O' || before.place == 'E' || before.place == 'S' || before.kind != tag.kind;
}

}  // namespace

std::vector<Entity> entitiesOf(const std::vector<std::string>& tags) {
    std::vector<Entity> entities;
    TagParts before;
    int first = 0;
    for (int word = 0; word <= static_cast<int>(tags.size()); ++word) {
        const auto index = static_cast<std::size_t>(word);
        const TagParts tag = index < tags.size() ? tagParts(tags[index]) : TagParts();
        if (ends(before, tag)) entities.push_back({std::string(before.kind), first, word - 1});
        if (starts(before, tag)) first = word;
        before = tag;
    }
    return entities;
}

}  // namespace lathe
