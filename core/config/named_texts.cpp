// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/named_texts.h"

#include <algorithm>

namespace lathe {

NamedTexts::const_iterator NamedTexts::find(const std::string& name) const {
    return std::find_if(begin(), end(), [&](const Item& item) { return item.first == name; });
}

std::string& NamedTexts::operator[](const std::string& name) {
    const auto known = find(name);
    if (known == end()) return m_items.emplace_back(name, std::string()).second;
    return m_items[static_cast<std::size_t>(known - begin())].second;
}

void NamedTexts::erase(const std::string& name) {
    std::erase_if(m_items, [&](const Item& item) { return item.first == name; });
}

}  // namespace lathe
