// SPDX-License-Identifier: GPL-3.0-or-later
// Unicode normal forms that know which of the old characters each new one replaces.
#pragma once

#include <unicode/normalizer2.h>

#include <string_view>
#include <vector>

#include "core/tokenizer/text/aligned_text.h"

namespace lathe::tok {

/// A character of a normal form and how many old characters fewer than one it takes the place of: 0 for a
/// character that replaces one, 1 for one more part of the character before, -1 for one that joins two.
struct FormCharacter {
    char32_t c;
    int change;
    int combining;
};

/// Full decomposition of every character, marks in canonical order; `form` is NFD or NFKD.
std::vector<FormCharacter> decompose(const icu::Normalizer2& form, std::string_view text);

/// Joins what composes, by the canonical composition algorithm, in place; `form` is NFC or NFKC.
void compose(const icu::Normalizer2& form, std::vector<FormCharacter>& text);

/// Puts what a form makes of the bytes from `at` on, each character aligned with the first of those it
/// replaces.
void putForm(TextRewriter& out, std::string_view view, std::size_t at, const std::vector<FormCharacter>& form,
             bool dropAccents = false);

}  // namespace lathe::tok
