// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded look at a sentencepiece model file before the library, which trusts its input, may read it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe::tok {

struct SentencePieceFacts {
    std::vector<int32_t> userDefined;  ///< ids of the pieces that are never split, nor joined to others
};

/// FileMalformed when a field lies, a piece is empty or above 4 KiB, there are too many, or the character map
/// would lead outside itself.
Result<SentencePieceFacts> checkSentencePieceModel(std::string_view bytes, const std::string& place);

}  // namespace lathe::tok
