// SPDX-License-Identifier: GPL-3.0-or-later
// WordPiece: the longest known piece from the left, again and again; one unknown part makes the word unknown.
#pragma once

#include "core/tokenizer/models/token_model.h"

namespace lathe::tok {

Result<std::unique_ptr<TokenModel>> makeWordPiece(const Json& part, const std::string& place);

}  // namespace lathe::tok
