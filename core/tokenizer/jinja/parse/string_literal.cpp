// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/string_literal.h"

#include <charconv>

#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::jinja {
namespace {

constexpr std::string_view kLetters = "abfnrtv\\'\"";
constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\'\"";

/// Exactly `digits` hexadecimal digits.
Result<void> putHexadecimal(std::string_view inside, std::size_t& at, std::size_t digits, std::string& out) {
    const std::string_view code = inside.substr(at, digits);
    uint32_t c = 0;
    const auto read = std::from_chars(code.data(), code.data() + code.size(), c, 16);
    if (code.size() < digits || read.ec != std::errc() || read.ptr != code.data() + digits)
        return Error{ErrorCode::FileMalformed,
                     "an escape with " + std::to_string(digits) + " hexadecimal digits is cut short", "", ""};
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return Error{ErrorCode::FileMalformed, "the escape " + std::string(code) + " is not a character", "",
                     ""};
    tok::appendCodePoint(out, c);
    at += digits;
    return {};
}

void putOctal(std::string_view inside, std::size_t& at, std::string& out) {
    char32_t c = 0;
    for (const std::size_t end = at + 3;
         at < end && at < inside.size() && inside[at] >= '0' && inside[at] < '8'; ++at)
        c = c * 8 + static_cast<char32_t>(inside[at] - '0');
    tok::appendCodePoint(out, c);
}

/// What follows a backslash.
Result<void> putEscape(std::string_view inside, std::size_t& at, std::string& out) {
    const char c = inside[at];
    if (const std::size_t known = kLetters.find(c); known != std::string_view::npos) {
        out += kMeanings[known];
        ++at;
        return {};
    }
    if (c >= '0' && c < '8') {
        putOctal(inside, at, out);
        return {};
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        ++at;
        return putHexadecimal(inside, at, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    }
    if (c == 'N') return Error{ErrorCode::Unsupported, "the escape \\N{…}, a character by its name", "", ""};
    const char32_t character = tok::nextCodePoint(inside, at);
    if (character >= 0x80) {
        // Python has replaced the character by its own escape, so the backslash before it escapes that
        // backslash.
        appendEscape(out, character);
    } else if (c != '\n') {
        out += '\\';
        out += c;
    }
    return {};
}

}  // namespace

Result<std::string> unescaped(std::string_view inside) {
    std::string out;
    out.reserve(inside.size());
    for (std::size_t at = 0; at < inside.size();) {
        if (inside[at] != '\\') {
            out += inside[at++];
        } else if (++at == inside.size()) {
            out += '\\';
        } else {
            LATHE_TRY_VOID(putEscape(inside, at, out));
        }
    }
    return out;
}

}  // namespace lathe::jinja
