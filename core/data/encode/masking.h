// SPDX-License-Identifier: GPL-3.0-or-later
// Hides tokens of a row, to be guessed (methods.md, "Masked tokens").
#pragma once

#include "core/data/encode/example.h"

namespace lathe {

/// How masked_language_modeling hides tokens.
struct Masking {
    int32_t maskId = 0;
    int32_t vocabulary = 0;
};

/// Chooses 15 % of the positions that have a target: of these 80 % become the mask, 10 % a random id, 10 %
/// stay as they are. The others lose their target. At least one is chosen where there is any. The same for
/// the same `seed`.
void maskTokens(Example& row, const Masking& masking, uint64_t seed);

}  // namespace lathe
