// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded look at a sentencepiece model file before the library, which trusts its input, may read it.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe::tok {

/// FileMalformed when a field lies, a piece is empty or above 4 KiB, there are too many, or the character map
/// would lead outside itself.
Result<void> checkSentencePieceModel(std::string_view bytes, const std::string& place);

}  // namespace lathe::tok
