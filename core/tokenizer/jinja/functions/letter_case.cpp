// SPDX-License-Identifier: GPL-3.0-or-later
#include <unicode/ustring.h>

#include <algorithm>

#include "core/base/result.h"
#include "core/tokenizer/jinja/values/python_text.h"

namespace lathe::jinja {
namespace {

using Mapping = int32_t (*)(UChar*, int32_t, const UChar*, int32_t, UErrorCode*);

int32_t toUpper(UChar* to, int32_t capacity, const UChar* from, int32_t size, UErrorCode* status) {
    return u_strToUpper(to, capacity, from, size, "", status);
}
int32_t toLower(UChar* to, int32_t capacity, const UChar* from, int32_t size, UErrorCode* status) {
    return u_strToLower(to, capacity, from, size, "", status);
}
int32_t toTitle(UChar* to, int32_t capacity, const UChar* from, int32_t size, UErrorCode* status) {
    return u_strToTitle(to, capacity, from, size, nullptr, "", status);
}
int32_t fold(UChar* to, int32_t capacity, const UChar* from, int32_t size, UErrorCode* status) {
    return u_strFoldCase(to, capacity, from, size, U_FOLD_CASE_DEFAULT, status);
}

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::u16string utf16(std::string_view text) {
    std::u16string out(text.size(), u'\0');
    int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8(out.data(), static_cast<int32_t>(out.size()), &size, text.data(),
                  static_cast<int32_t>(text.size()), &status);
    LATHE_CHECK(U_SUCCESS(status));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string utf8(const std::u16string& text) {
    std::string out(text.size() * 3, '\0');
    int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &size, text.data(),
                static_cast<int32_t>(text.size()), &status);
    LATHE_CHECK(U_SUCCESS(status));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

/// The full mapping of Unicode, which may change the number of characters.
std::string mapped(std::string_view text, Mapping map) {
    const std::u16string from = utf16(text);
    std::u16string to(from.size() * 3 + 4, u'\0');  // no character becomes more than three
    UErrorCode status = U_ZERO_ERROR;
    const int32_t size = map(to.data(), static_cast<int32_t>(to.size()), from.data(),
                             static_cast<int32_t>(from.size()), &status);
    LATHE_CHECK(U_SUCCESS(status));
    to.resize(static_cast<std::size_t>(size));
    return utf8(to);
}

char lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
char raised(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}

bool isLower(char32_t c) {
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_LOWERCASE);
}
bool isUpper(char32_t c) {
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_UPPERCASE);
}
bool isTitle(char32_t c) {
    return u_charType(static_cast<UChar32>(c)) == U_TITLECASE_LETTER;
}

/// Some letter has case, and all that do are of the kind.
bool allCased(std::string_view text, bool (*kind)(char32_t), bool (*other)(char32_t)) {
    bool some = false;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = tok::nextCodePoint(text, at);
        if (other(c) || isTitle(c)) return false;
        some = some || kind(c);
    }
    return some;
}

bool isTitled(std::string_view text) {
    bool cased = false, some = false;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = tok::nextCodePoint(text, at);
        const bool upper = isUpper(c) || isTitle(c), lower = isLower(c);
        if ((upper && cased) || (lower && !cased)) return false;
        cased = upper || lower;
        some = some || cased;
    }
    return some;
}

bool every(std::string_view text, bool (*kind)(char32_t)) {
    for (std::size_t at = 0; at < text.size();)
        if (!kind(tok::nextCodePoint(text, at))) return false;
    return true;
}

bool isAlphanumeric(char32_t c) {
    return isAlphabetic(c) || isNumeric(c);
}

}  // namespace

std::string upperCase(std::string_view text) {
    if (!isAscii(text)) return mapped(text, toUpper);
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), raised);
    return out;
}

std::string lowerCase(std::string_view text) {
    if (!isAscii(text)) return mapped(text, toLower);
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lowered);
    return out;
}

std::string foldedCase(std::string_view text) {
    return isAscii(text) ? lowerCase(text) : mapped(text, fold);
}

std::string titleCase(std::string_view text) {
    std::string out;
    bool cased = false;
    // Lower case depends on what is around a letter (final sigma), so words are mapped as a whole.
    for (std::size_t begin = 0, at = 0; at < text.size();) {
        const std::size_t here = at;
        const char32_t c = tok::nextCodePoint(text, at);
        const bool now = isLower(c) || isUpper(c) || isTitle(c);
        if (!now) {
            out += lowerCase(text.substr(begin, here - begin));
            out += text.substr(here, at - here);
            begin = at;
        } else if (!cased) {
            const std::string_view first = text.substr(here, at - here);
            out += c < 0x80 ? upperCase(first) : mapped(first, toTitle);
            begin = at;
        }
        cased = now;
        if (at == text.size()) out += lowerCase(text.substr(begin));
    }
    return out;
}

std::string capitalized(std::string_view text) {
    if (text.empty()) return "";
    std::size_t at = 0;
    const char32_t c = tok::nextCodePoint(text, at);
    const std::string_view first = text.substr(0, at);
    return (c < 0x80 ? upperCase(first) : mapped(first, toTitle)) + lowerCase(text.substr(at));
}

bool holds(TextTest test, std::string_view text) {
    if (test == TextTest::Ascii) return isAscii(text);
    if (test == TextTest::Printable) return every(text, isPrintable);
    if (text.empty()) return false;
    switch (test) {
        case TextTest::Lower:
            return allCased(text, isLower, isUpper);
        case TextTest::Upper:
            return allCased(text, isUpper, isLower);
        case TextTest::Alphabetic:
            return every(text, isAlphabetic);
        case TextTest::Digits:
            return every(text, isDigit);
        case TextTest::Decimals:
            return every(text, isDecimal);
        case TextTest::Numeric:
            return every(text, isNumeric);
        case TextTest::Alphanumeric:
            return every(text, isAlphanumeric);
        case TextTest::Space:
            return every(text, isSpace);
        default:
            return isTitled(text);
    }
}

}  // namespace lathe::jinja
