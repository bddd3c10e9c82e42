// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts an encoding to a length as transformers does: the tokens added around the texts stay.
#pragma once

#include <cstddef>

#include "core/tokenizer/tokenizer.h"

namespace lathe {

/// True when tokens were removed. The end of the text goes; of two texts the longer one first, as the
/// tokenizers package's "longest_first" counts it.
bool truncate(Encoding& encoding, std::size_t maxLength, const Tokenizer& tokenizer);

}  // namespace lathe
