// SPDX-License-Identifier: GPL-3.0-or-later
// Texts by name in the order they were given. The order has a meaning where the first name that fits a layer
// wins, as in rank_pattern.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace lathe {

class NamedTexts {
  public:
    using Item = std::pair<std::string, std::string>;
    using iterator = std::vector<Item>::iterator;
    using const_iterator = std::vector<Item>::const_iterator;

    NamedTexts() = default;
    /// A name that comes again changes the text of the first.
    NamedTexts(std::initializer_list<Item> items) {
        for (const auto& [name, text] : items) (*this)[name] = text;
    }

    /// Puts a new name last.
    std::string& operator[](const std::string& name);
    const_iterator find(const std::string& name) const;
    bool contains(const std::string& name) const { return find(name) != end(); }
    void erase(const std::string& name);

    iterator begin() { return m_items.begin(); }
    iterator end() { return m_items.end(); }
    const_iterator begin() const { return m_items.begin(); }
    const_iterator end() const { return m_items.end(); }
    bool empty() const { return m_items.empty(); }
    std::size_t size() const { return m_items.size(); }

    /// The same texts in the same order.
    bool operator==(const NamedTexts&) const = default;

  private:
    std::vector<Item> m_items;
};

}  // namespace lathe
