// SPDX-License-Identifier: GPL-3.0-or-later
// Lines and blanks of a text, for the readers of data files.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// A row, a document or a cell may not be larger.
constexpr std::size_t kMaxDocumentBytes = std::size_t(64) << 20;

/// The text without the blanks around it, as a view of it.
inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n\f\v";
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}
/// Of a temporary text it would be a view of freed memory.
template <std::same_as<std::string> Text>
void trimmed(Text&&) = delete;

/// The next line without its line break; `text` moves past it.
inline std::string_view takeLine(std::string_view& text) {
    const auto newline = text.find('\n');
    auto line = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The parts between blanks, as views of `text`.
inline std::vector<std::string_view> blankSeparated(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    std::vector<std::string_view> parts;
    for (auto begin = text.find_first_not_of(kBlank); begin != std::string_view::npos;) {
        const auto end = text.find_first_of(kBlank, begin);
        parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
        begin = end == std::string_view::npos ? end : text.find_first_not_of(kBlank, end);
    }
    return parts;
}
/// Of a temporary text they would be views of freed memory.
template <std::same_as<std::string> Text>
void blankSeparated(Text&&) = delete;

}  // namespace lathe
