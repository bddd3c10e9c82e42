// SPDX-License-Identifier: GPL-3.0-or-later
// A cell of a data file as text, as a label, or as a number.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.h"

namespace lathe {

/// A cell as text: strings as they are, null as nothing, anything else as JSON.
std::string cellText(const OrderedJson& value);

/// A label as text: blanks around it removed, a number in its simplest form, so that 1, 1.0 and "1.00" are
/// "1". "007" is a code, not 7.
std::string labelText(const OrderedJson& value);
std::string labelName(std::string_view text);

/// The number that the whole text is; nothing for anything else, infinities among it.
std::optional<double> numberOf(std::string_view text);
bool isNumber(std::string_view text);

}  // namespace lathe
