// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

bool isByteItself(int byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

std::array<char32_t, 256> makeByteCodePoints() {
    std::array<char32_t, 256> table{};
    char32_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) table[byte] = isByteItself(byte) ? char32_t(byte) : next++;
    return table;
}

uint32_t categoryMask(char32_t c) {
    return U_MASK(u_charType(static_cast<UChar32>(c)));
}

// The reference takes some classes from old tables of Unicode, in which later characters have none.
constexpr int kCategoriesVersion = 8, kMarksVersion = 9;

uint32_t categoryMaskUpTo(int version, char32_t c) {
    UVersionInfo age;
    u_charAge(static_cast<UChar32>(c), age);
    return age[0] <= version ? categoryMask(c) : 0;
}

}  // namespace

void appendCodePoint(std::string& out, char32_t c) {
    char buffer[U8_MAX_LENGTH];
    int32_t length = 0;
    UBool failed = false;
    U8_APPEND(buffer, length, U8_MAX_LENGTH, c, failed);
    if (failed)
        out += "\xEF\xBF\xBD";
    else
        out.append(buffer, static_cast<std::size_t>(length));
}

std::string utf8Of(char32_t c) {
    std::string text;
    appendCodePoint(text, c);
    return text;
}

std::size_t previousCharacter(std::string_view text, std::size_t end) {
    do {
        --end;
    } while (end > 0 && isContinuation(text[end]));
    return end;
}

bool isValidUtf8(std::string_view text) {
    const auto size = static_cast<int64_t>(text.size());
    for (int64_t at = 0; at < size;) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        UChar32 c;
        U8_NEXT(text.data(), at, size, c);
        if (c < 0) return false;
    }
    return true;
}

std::string replaceInvalidUtf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) appendCodePoint(text, nextCodePoint(bytes, at));
    return text;
}

CharKind nonAsciiKind(char32_t c) {
    const uint32_t mask = categoryMask(c);
    if (mask & U_GC_L_MASK) return CharKind::Letter;
    if (mask & U_GC_N_MASK) return CharKind::Number;
    if ((mask & U_GC_Z_MASK) || c == 0x85) return CharKind::Space;
    return CharKind::Other;
}

bool isPunctuation(char32_t c) {
    if (c < 0x80) return c > 0x20 && c < 0x7F && kAsciiKinds[c] == CharKind::Other;
    return categoryMaskUpTo(kCategoriesVersion, c) & U_GC_P_MASK;
}

bool isWordCharacter(char32_t c) {
    if (c < 0x80) return kAsciiKinds[c] == CharKind::Letter || kAsciiKinds[c] == CharKind::Number || c == '_';
    if (categoryMask(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) return true;
    return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_ALPHABETIC) || c == 0x200C || c == 0x200D;
}

bool isCjkIdeograph(char32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) ||
           (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool isBertControl(char32_t c) {
    if (c == '\t' || c == '\n' || c == '\r') return false;
    if (c < 0x80) return c < 0x20 || c == 0x7F;
    return categoryMaskUpTo(kCategoriesVersion, c) &
           (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK | U_GC_CS_MASK);
}

bool isNonSpacingMark(char32_t c) {
    return c >= 0x300 && (categoryMaskUpTo(kCategoriesVersion, c) & U_GC_MN_MASK);
}

bool isMark(char32_t c) {
    return c >= 0x300 && (categoryMaskUpTo(kMarksVersion, c) & U_GC_M_MASK);
}

const std::array<std::string, 256>& byteCharacters() {
    static const auto table = [] {
        const auto codePoints = makeByteCodePoints();
        std::array<std::string, 256> texts;
        for (int byte = 0; byte < 256; ++byte) texts[byte] = utf8Of(codePoints[byte]);
        return texts;
    }();
    return table;
}

int byteOfCharacter(char32_t c) {
    static const auto table = [] {
        std::array<int16_t, 0x144> bytes;
        bytes.fill(-1);
        const auto codePoints = makeByteCodePoints();
        for (int byte = 0; byte < 256; ++byte) bytes[codePoints[byte]] = static_cast<int16_t>(byte);
        return bytes;
    }();
    return c < table.size() ? table[c] : -1;
}

}  // namespace lathe::tok
