// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/characters.h"

#include <algorithm>

namespace lathe::jinja {
namespace {

int numericType(char32_t c) {
    return u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_NUMERIC_TYPE);
}

}  // namespace

bool isSpace(char32_t c) {
    if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool isAlphabetic(char32_t c) {
    return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_L_MASK) != 0;
}

bool isDecimal(char32_t c) {
    return numericType(c) == U_NT_DECIMAL;
}

bool isDigit(char32_t c) {
    return isDecimal(c) || numericType(c) == U_NT_DIGIT;
}

bool isNumeric(char32_t c) {
    return numericType(c) != U_NT_NONE;
}

bool isPrintable(char32_t c) {
    return c == ' ' || (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_C_MASK | U_GC_Z_MASK)) == 0;
}

bool endsLine(char32_t c) {
    return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool startsName(char32_t c) {
    if (c < 0x80) return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_XID_START);
}

bool continuesName(char32_t c) {
    if (c < 0x80) return startsName(c) || (c >= '0' && c <= '9');
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_XID_CONTINUE);
}

std::size_t skipSpace(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        std::size_t next = at;
        if (!isSpace(tok::nextCodePoint(text, next))) break;
        at = next;
    }
    return at;
}

std::size_t trimmedEnd(std::string_view text, std::size_t from) {
    std::size_t end = text.size();
    while (end > from) {
        const std::size_t start = tok::previousCharacter(text, end);
        std::size_t at = start;
        if (!isSpace(tok::nextCodePoint(text, at))) break;
        end = start;
    }
    return end;
}

std::size_t byteAt(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    for (; index > 0 && at < text.size(); --index) (void)tok::nextCodePoint(text, at);
    return at;
}

std::size_t countCharacters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return !tok::isContinuation(byte); }));
}

}  // namespace lathe::jinja
