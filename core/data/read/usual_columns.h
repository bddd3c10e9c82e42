// SPDX-License-Identifier: GPL-3.0-or-later
// The names that data sets usually give their columns, by role.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// As plainColumnName writes them, the likeliest first. `role` is one that a task has.
const std::vector<std::string_view>& usualColumns(std::string_view role);

/// Lower case without separators: "Review Text" and "review_text" are one name.
std::string plainColumnName(std::string_view name);

/// True for a name that data sets usually give a column; tells a header from a first row.
bool isUsualColumnName(std::string_view name);
/// … that they usually give the column of this role.
bool isUsualName(std::string_view name, std::string_view role);

}  // namespace lathe
