// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/unicode_form.h"

#include <algorithm>

#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

/// The reference's tables of normal forms are those of Unicode 9; later characters stay as they are.
bool isKnown(char32_t c) {
    UVersionInfo age;
    u_charAge(static_cast<UChar32>(c), age);
    return age[0] <= 9;
}

int combiningClass(char32_t c) {
    return c < 0x300 || !isKnown(c) ? 0 : u_getCombiningClass(static_cast<UChar32>(c));
}

}  // namespace

std::vector<FormCharacter> decompose(const icu::Normalizer2& form, std::string_view text) {
    std::vector<FormCharacter> out;
    out.reserve(text.size());
    icu::UnicodeString parts;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = nextCodePoint(text, at);
        if (c < 0x80 || !isKnown(c) || !form.getDecomposition(static_cast<UChar32>(c), parts)) {
            out.push_back({c, 0, combiningClass(c)});
            continue;
        }
        for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
            const auto part = static_cast<char32_t>(parts.char32At(i));
            out.push_back({part, i > 0, combiningClass(part)});
        }
    }
    for (auto first = out.begin(); first != out.end();) {
        if (first->combining == 0) {
            ++first;
            continue;
        }
        const auto last = std::find_if(first, out.end(), [](const auto& d) { return d.combining == 0; });
        std::stable_sort(first, last, [](const auto& a, const auto& b) { return a.combining < b.combining; });
        first = last;
    }
    return out;
}

void compose(const icu::Normalizer2& form, std::vector<FormCharacter>& text) {
    constexpr std::size_t kNone = ~std::size_t(0);
    std::size_t starter = kNone, kept = 0;
    for (const FormCharacter now : text) {
        // Between the starter and this character no mark may stand that is not below it.
        const bool open =
            starter != kNone && (kept == starter + 1 || text[kept - 1].combining < now.combining);
        const UChar32 joined =
            open ? form.composePair(static_cast<UChar32>(text[starter].c), static_cast<UChar32>(now.c))
                 : U_SENTINEL;
        if (joined >= 0) {
            text[starter].c = static_cast<char32_t>(joined);
            text[starter].change += now.change - 1;
            continue;
        }
        if (now.combining == 0) starter = kept;
        text[kept++] = now;
    }
    text.resize(kept);
}

void putForm(TextRewriter& out, std::string_view view, std::size_t at, const std::vector<FormCharacter>& form,
             bool dropAccents) {
    std::size_t begin = at;  // of the old character read last
    const auto read = [&] {
        begin = at;
        if (at < view.size()) nextCodePoint(view, at);
    };
    for (const FormCharacter& character : form) {
        if (character.change <= 0) read();
        if (!dropAccents || !isNonSpacingMark(character.c)) out.put(character.c, begin, at);
        for (int more = character.change; more < 0; ++more) read();
    }
}

}  // namespace lathe::tok
