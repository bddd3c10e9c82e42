// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/cell_text.h"

#include <charconv>
#include <cmath>

#include "core/data/read/lines.h"

namespace lathe {

std::string cellText(const OrderedJson& value) {
    if (value.is_string()) return value.get_ref<const std::string&>();
    return value.is_null() ? std::string() : dumpJson(value);
}

std::string labelName(std::string_view text) {
    text = trimmed(text);
    constexpr std::string_view kDigits = "0123456789";
    const bool negative = text.starts_with('-');
    const std::string_view number = text.substr(negative || text.starts_with('+') ? 1 : 0);
    if (number.find("e+") != std::string_view::npos || number.find("e-") != std::string_view::npos) {
        const auto value = numberOf(number);
        char fixed[400];
        if (!value || *value > 1e15) return std::string(text);
        const auto [end, failure] =
            std::to_chars(fixed, fixed + sizeof fixed, negative ? -*value : *value, std::chars_format::fixed);
        return failure == std::errc() ? std::string(fixed, end) : std::string(text);
    }
    const std::size_t point = std::min(number.find('.'), number.size());
    const std::string_view whole = number.substr(0, point);
    std::string_view fraction = number.substr(std::min(point + 1, number.size()));
    const bool digits = whole.find_first_not_of(kDigits) == std::string_view::npos &&
                        fraction.find_first_not_of(kDigits) == std::string_view::npos;
    const bool code = whole.size() > 1 && whole.front() == '0';
    if (!digits || code || whole.size() + fraction.size() == 0) return std::string(text);
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    std::string name = whole.empty() ? "0" : std::string(whole);
    if (!fraction.empty()) name += "." + std::string(fraction);
    return negative && name != "0" ? "-" + name : name;
}

std::string labelText(const OrderedJson& value) {
    const std::string text = cellText(value);
    return labelName(text);
}

std::optional<double> numberOf(std::string_view text) {
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

bool isNumber(std::string_view text) {
    return numberOf(text).has_value();
}

}  // namespace lathe
