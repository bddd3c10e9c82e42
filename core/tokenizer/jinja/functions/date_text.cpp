// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/functions/date_text.h"

#include <locale.h>

#include <cstdio>

namespace lathe::jinja {
namespace {

constexpr std::size_t kMaxFormat = 256, kMaxText = 4096;

/// What Python writes itself: microseconds, and nothing for the zone of a time without one.
std::string withoutPythonsOwn(std::string_view format, int microseconds) {
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const char next = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
        if (next == '\0') {
            out += format[i];
            continue;
        }
        ++i;
        if (next == 'f') {
            char digits[16];
            std::snprintf(digits, sizeof digits, "%06d", microseconds);
            out += digits;
        } else if (next != 'z' && next != 'Z') {
            (out += '%') += next;
        }
    }
    return out;
}

}  // namespace

Result<std::string> dateText(const Clock& clock, std::string_view format) {
    static const locale_t kEnglish = ::newlocale(LC_ALL_MASK, "C", nullptr);
    if (format.size() > kMaxFormat || format.find('\0') != std::string_view::npos)
        return failure("strftime_now needs a format of at most " + std::to_string(kMaxFormat) +
                       " characters");
    // The mark at the end tells an empty date from one that does not fit.
    const std::string marked = withoutPythonsOwn(format, clock.microseconds) + "|";
    std::string out(kMaxText, '\0');
    const std::size_t size = ::strftime_l(out.data(), out.size(), marked.c_str(), &clock.time, kEnglish);
    if (size == 0)
        return failure("strftime_now makes a date of more than " + std::to_string(kMaxText) + " characters");
    out.resize(size - 1);
    return out;
}

}  // namespace lathe::jinja
