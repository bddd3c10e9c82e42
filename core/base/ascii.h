// SPDX-License-Identifier: GPL-3.0-or-later
// Texts compared by their ASCII characters alone, whatever the locale is.
#pragma once

#include <string>
#include <string_view>

namespace lathe {

constexpr char lowerAscii(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The text in lower case, without the characters of `leftOut`.
inline std::string lowerAscii(std::string_view text, std::string_view leftOut = {}) {
    std::string lower;
    for (const char c : text)
        if (leftOut.find(c) == std::string_view::npos) lower.push_back(lowerAscii(c));
    return lower;
}

/// Whether the text has no character but white space.
inline bool isBlank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

}  // namespace lathe
