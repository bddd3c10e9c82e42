// SPDX-License-Identifier: GPL-3.0-or-later
// Sums in plain text: finding them, working them out, and finding the number that an answer ends with.
#pragma once

#include <optional>
#include <string_view>

namespace lathe {

/// The value of the longest expression of numbers with + - * / x × ÷ and brackets in `text` that has at least
/// one operation, by the usual precedence; nothing when there is none or it divides by 0.
std::optional<double> valueOfSum(std::string_view text);

/// The last number in `text` ("-3", "1,204", "0.5"); nothing when there is none.
std::optional<double> lastNumber(std::string_view text);

}  // namespace lathe
