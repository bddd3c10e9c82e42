// SPDX-License-Identifier: GPL-3.0-or-later
// A list that a table holds as the text of one cell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

struct TextList {
    std::vector<std::string> items;
    std::string spelling;   ///< "JSON", "Python" or "numpy"
    bool cutShort = false;  ///< numpy printed "..." in place of items
};

/// The list that a whole text is: JSON; Python's ['a', "b"], ('a', 'b'), {'a'}; numpy's ['a' 'b'] and [0 3
/// 0], with array(…) around it or not. Nothing for any other text, a sentence in brackets among them. With
/// `bareNames` names without quotes between commas are a list, too: [price, room].
std::optional<TextList> listInText(std::string_view text, bool bareNames);

}  // namespace lathe
