// SPDX-License-Identifier: GPL-3.0-or-later
// What Python's str methods do, on UTF-8. Searches take time linear in the text for any pattern.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/tokenizer/jinja/values/characters.h"

namespace lathe::jinja {

/// First byte of `part` at or after `from`; npos when it is not there.
std::size_t findText(std::string_view text, std::string_view part, std::size_t from);
/// First byte of the last `part`.
std::size_t findLastText(std::string_view text, std::string_view part);
/// Occurrences that do not overlap; of nothing: one more than there are characters.
std::size_t countText(std::string_view text, std::string_view part);
/// How long `text` is with the first `count` occurrences replaced (all when it is negative).
std::size_t replacedSize(std::string_view text, std::string_view old, std::string_view fresh, int64_t count);
std::string replaced(std::string_view text, std::string_view old, std::string_view fresh, int64_t count);

std::string upperCase(std::string_view text);
std::string lowerCase(std::string_view text);
std::string foldedCase(std::string_view text);
std::string titleCase(std::string_view text);    ///< str.title
std::string capitalized(std::string_view text);  ///< str.capitalize

/// Without the characters of `chars` at its ends; a null `chars` means white space.
std::string_view stripped(std::string_view text, const std::string_view* chars, bool left, bool right);

/// At white space, at most `limit` times (any number when it is negative).
std::vector<std::string_view> splitAtSpace(std::string_view text, int64_t limit);
std::vector<std::string_view> splitAtSpaceFromRight(std::string_view text, int64_t limit);
std::vector<std::string_view> splitAt(std::string_view text, std::string_view separator, int64_t limit);
std::vector<std::string_view> splitAtFromRight(std::string_view text, std::string_view separator,
                                               int64_t limit);
std::vector<std::string_view> splitLines(std::string_view text, bool keepEnds);

enum class TextTest {
    Lower,
    Upper,
    Alphabetic,
    Digits,
    Decimals,
    Numeric,
    Alphanumeric,
    Space,
    Ascii,
    Printable,
    Title
};
bool holds(TextTest test, std::string_view text);

/// Adds the character as an escape in a string of Python: \x, \u or \U with its number.
void appendEscape(std::string& out, char32_t c);

std::string escapedHtml(std::string_view text);

}  // namespace lathe::jinja
