// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/tag_scheme.h"

#include <algorithm>

#include "core/data/read/cell_text.h"
#include "core/data/roles/columns.h"

namespace lathe {
namespace {

/// The place that a prefix says; 0 for what is not a prefix.
char placeOf(char prefix) {
    switch (prefix) {
        case 'B':
        case 'I':
        case 'E':
        case 'S':
        case 'O':
            return prefix;
        case 'L':
            return 'E';
        case 'U':
            return 'S';
        case 'M':
            return 'I';
        default:
            return 0;
    }
}

bool hasPrefix(std::string_view tag) {
    return tag.size() > 2 && tag[1] == '-' && tag[0] != 'O' && placeOf(tag[0]) != 0;
}

}  // namespace

TagParts tagParts(std::string_view tag) {
    if (tag.empty() || tag == "O") return {};
    if (tag.size() == 1 && placeOf(tag[0]) != 0) return {placeOf(tag[0]), "_"};
    if (hasPrefix(tag)) return {placeOf(tag[0]), tag.substr(2)};
    return {'I', tag};
}

TagScheme tagSchemeOf(const std::vector<std::string>& tags) {
    const auto outside = [](const std::string& tag) { return tag == "O"; };
    const auto placeAlone = [](const std::string& tag) { return tag.size() == 1 && placeOf(tag[0]) != 0; };
    if (std::any_of(tags.begin(), tags.end(), [](const std::string& tag) { return hasPrefix(tag); }))
        return TagScheme::Prefixed;
    const bool someOutside = std::any_of(tags.begin(), tags.end(), outside);
    const bool someInside = !std::all_of(tags.begin(), tags.end(), outside);
    if (!someOutside || !someInside) return TagScheme::None;
    if (std::all_of(tags.begin(), tags.end(), placeAlone)) return TagScheme::Prefixed;
    const bool numbers = std::all_of(tags.begin(), tags.end(),
                                     [&](const std::string& tag) { return outside(tag) || isNumber(tag); });
    return numbers ? TagScheme::None : TagScheme::Bare;
}

}  // namespace lathe
