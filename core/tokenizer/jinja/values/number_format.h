// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and text laid out in a width, for Python's % and str.format.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

struct Layout {
    char32_t fill = U' ';
    char align = 0;   ///< '<', '>', '^', '=' (between sign and digits); 0: the type's own
    char sign = '-';  ///< '-': of negative numbers only; '+'; ' '
    bool alternate = false;
    int64_t width = 0, precision = -1;
    char grouping = 0;  ///< ',' or '_'
    char type = 0;
};

/// Pads `text`, whose sign and prefix are its first `head` bytes. An error for a width beyond the memory.
Result<std::string> laidOut(Run& run, std::string text, std::size_t head, const Layout& layout, char align);
/// Types d, b, o, x, X, c, n.
Result<std::string> integerText(Run& run, int64_t value, const Layout& layout);
/// Types e, E, f, F, g, G, %, n, and 0 for the shortest text that reads back as the number.
Result<std::string> floatText(Run& run, double value, const Layout& layout);

}  // namespace lathe::jinja
