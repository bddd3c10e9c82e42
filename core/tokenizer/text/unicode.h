// SPDX-License-Identifier: GPL-3.0-or-later
// Code points in UTF-8 text and the character classes that tokenizers ask about.
#pragma once

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace lathe::tok {

/// The code point at `position`, which moves past it; U+FFFD for a stretch of bytes that is no character.
inline char32_t nextCodePoint(std::string_view text, std::size_t& position) {
    const auto byte = static_cast<unsigned char>(text[position]);
    if (byte < 0x80) {
        ++position;
        return byte;
    }
    UChar32 c;
    auto at = static_cast<int64_t>(position);
    U8_NEXT(text.data(), at, static_cast<int64_t>(text.size()), c);
    position = static_cast<std::size_t>(at);
    return c < 0 ? U'\uFFFD' : static_cast<char32_t>(c);
}

/// Whether the byte goes on a character that began before it.
inline bool isContinuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

void appendCodePoint(std::string& out, char32_t c);
std::string utf8Of(char32_t c);
/// Start of the character that ends at `end` (end > 0, valid UTF-8).
std::size_t previousCharacter(std::string_view text, std::size_t end);
bool isValidUtf8(std::string_view text);
/// Bytes that are no whole character become U+FFFD, one for each maximal stretch.
std::string replaceInvalidUtf8(std::string_view bytes);

/// What the splitting rules of the GPT family tell apart: \p{L}, \p{N}, \s and the rest.
enum class CharKind : uint8_t { Letter, Number, Space, Other };

constexpr std::array<CharKind, 128> asciiKinds() {
    std::array<CharKind, 128> kinds{};
    for (int c = 0; c < 128; ++c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool space = c == ' ' || (c >= 9 && c <= 13);
        kinds[c] = letter                 ? CharKind::Letter
                   : c >= '0' && c <= '9' ? CharKind::Number
                   : space                ? CharKind::Space
                                          : CharKind::Other;
    }
    return kinds;
}
inline constexpr auto kAsciiKinds = asciiKinds();

CharKind nonAsciiKind(char32_t c);
inline CharKind charKind(char32_t c) {
    return c < 0x80 ? kAsciiKinds[c] : nonAsciiKind(c);
}

inline bool isWhitespace(char32_t c) {
    return charKind(c) == CharKind::Space;
}
inline bool isNumeric(char32_t c) {
    return charKind(c) == CharKind::Number;
}
/// ASCII punctuation and symbols, and every Unicode P category.
bool isPunctuation(char32_t c);
/// \w: alphabetic, marks, decimal digits, connectors, joiners.
bool isWordCharacter(char32_t c);
bool isCjkIdeograph(char32_t c);
/// Unicode "other" that BERT drops: controls (but \t \n \r), formats, private use.
bool isBertControl(char32_t c);
bool isNonSpacingMark(char32_t c);
bool isMark(char32_t c);

/// Calls use(code point, lower case) for the one or two code points of the full lower-case mapping.
template <class Use>
void eachLowercase(char32_t c, Use use) {
    if (c == U'\u0130') {  // the only character whose lower case is always two
        use(U'i');
        use(U'\u0307');
    } else {
        use(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
    }
}

/// Byte ↔ character table of byte-level vocabularies (methods.md, "Byte-level BPE").
const std::array<std::string, 256>& byteCharacters();
/// The byte a character stands for; -1 when it stands for none.
int byteOfCharacter(char32_t c);

}  // namespace lathe::tok
