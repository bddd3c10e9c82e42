// SPDX-License-Identifier: GPL-3.0-or-later
// Classes of characters as Python's str sees them, and positions counted in code points.
#pragma once

#include <string_view>

#include "core/tokenizer/text/unicode.h"

namespace lathe::jinja {

/// str.isspace, and \s of Python's patterns.
bool isSpace(char32_t c);
bool isAlphabetic(char32_t c);
bool isDecimal(char32_t c);
bool isDigit(char32_t c);    ///< decimal digits and the like of superscripts
bool isNumeric(char32_t c);  ///< digits, fractions, Roman and Chinese numbers
bool isPrintable(char32_t c);
/// Ends a line for str.splitlines; "\r\n" is one end.
bool endsLine(char32_t c);
bool startsName(char32_t c);
bool continuesName(char32_t c);

/// Past the white space that starts at `at`.
std::size_t skipSpace(std::string_view text, std::size_t at);
/// Where the white space at the end begins, not before `from`.
std::size_t trimmedEnd(std::string_view text, std::size_t from = 0);
/// The byte at which the code point `index` starts; the size of the text for one past the last.
std::size_t byteAt(std::string_view text, std::size_t index);
std::size_t countCharacters(std::string_view text);

}  // namespace lathe::jinja
