// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/number_format.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/tokenizer/jinja/values/characters.h"
#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

constexpr int64_t kMaxPrecision = 400;  ///< beyond the digits of any double; Python allows more, all zeros

std::string signOf(bool negative, char sign) {
    return negative ? "-" : sign == '-' ? "" : std::string(1, sign);
}

/// Separators between groups of digits at the front of `digits`.
std::string grouped(const std::string& digits, char separator, std::size_t group) {
    std::size_t whole = 0;
    while (whole < digits.size() && std::isxdigit(static_cast<unsigned char>(digits[whole]))) ++whole;
    std::string out;
    for (std::size_t i = 0; i < whole; ++i) {
        if (i && (whole - i) % group == 0) out += separator;
        out += digits[i];
    }
    return out + digits.substr(whole);
}

/// Digits as C's printf writes them, independent of the locale.
std::string digitsOf(double value, char type, int precision) {
    const auto format = type == 'f'   ? std::chars_format::fixed
                        : type == 'e' ? std::chars_format::scientific
                                      : std::chars_format::general;
    std::string out(1024, '\0');
    const auto end = std::to_chars(out.data(), out.data() + out.size(), value, format, precision).ptr;
    out.resize(static_cast<std::size_t>(end - out.data()));
    return out;
}

}  // namespace

Result<std::string> laidOut(Run& run, std::string text, std::size_t head, const Layout& layout, char align) {
    if (layout.align) align = layout.align;
    const auto size = static_cast<int64_t>(countCharacters(text));
    const auto missing = static_cast<std::size_t>(std::max<int64_t>(layout.width - size, 0));
    const std::string fill = tok::utf8Of(layout.fill);
    LATHE_TRY_VOID(run.afford(missing, fill.size()));
    LATHE_TRY_VOID(run.charge(missing * fill.size()));
    const auto padding = [&](std::size_t count) {
        std::string out;
        for (std::size_t i = 0; i < count; ++i) out += fill;
        return out;
    };
    if (align == '<') return text + padding(missing);
    if (align == '^') return padding(missing / 2) + text + padding(missing - missing / 2);
    if (align == '=') return text.substr(0, head) + padding(missing) + text.substr(head);
    return padding(missing) + text;
}

Result<std::string> integerText(Run& run, int64_t value, const Layout& layout) {
    const bool negative = value < 0;
    const uint64_t magnitude = negative ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
    const char type = layout.type;
    if (type == 'c') {
        if (value < 0 || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))
            return failure(std::to_string(value) + " is not the code of a character");
        return laidOut(run, tok::utf8Of(static_cast<char32_t>(value)), 0, layout, '<');
    }
    const int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    char buffer[72];
    std::string digits(buffer, std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr);
    if (type == 'X') digits = upperCase(digits);
    if (layout.precision > static_cast<int64_t>(digits.size())) {
        const auto zeros = static_cast<std::size_t>(layout.precision) - digits.size();
        LATHE_TRY_VOID(run.afford(zeros, 1));
        LATHE_TRY_VOID(run.charge(zeros));
        digits.insert(0, zeros, '0');
    }
    std::string head = signOf(negative, layout.sign);
    if (layout.alternate && base != 10) (head += '0') += type;
    if (layout.grouping) digits = grouped(digits, layout.grouping, base == 10 ? 3 : 4);
    return laidOut(run, head + digits, head.size(), layout, '>');
}

Result<std::string> floatText(Run& run, double value, const Layout& layout) {
    const double magnitude = std::fabs(value);
    std::string head = signOf(std::signbit(value) && !std::isnan(value), layout.sign);
    if (layout.precision > kMaxPrecision)
        return failure("a precision of more than " + std::to_string(kMaxPrecision) + " digits");
    const bool percent = layout.type == '%';
    const char type = percent ? 'f' : static_cast<char>(std::tolower(layout.type));
    std::string digits;
    if (!std::isfinite(magnitude)) {
        digits = std::isnan(magnitude) ? "nan" : "inf";
    } else if (type == 0 && layout.precision < 0) {
        digits = reprOfFloat(magnitude);
    } else {
        int precision = layout.precision < 0 ? 6 : static_cast<int>(layout.precision);
        const bool general = type == 0 || type == 'g' || type == 'n';
        if (general && precision == 0) precision = 1;
        digits = digitsOf(percent ? magnitude * 100 : magnitude, general ? 'g' : type, precision);
        // Without a type at least one digit follows the point.
        if (type == 0 && digits.find_first_of(".e") == std::string::npos) digits += ".0";
        if (layout.alternate && digits.find('.') == std::string::npos)
            digits.insert(std::min(digits.find('e'), digits.size()), ".");
    }
    if (layout.type == 'E' || layout.type == 'F' || layout.type == 'G') digits = upperCase(digits);
    if (layout.grouping && std::isfinite(magnitude)) {
        const std::size_t whole = digits.find_first_not_of("0123456789");
        digits = grouped(digits.substr(0, whole), layout.grouping, 3) +
                 (whole == std::string::npos ? "" : digits.substr(whole));
    }
    if (percent) digits += '%';
    return laidOut(run, head + digits, head.size(), layout, '>');
}

}  // namespace lathe::jinja
