// SPDX-License-Identifier: GPL-3.0-or-later
// Unigram: the cutting of a text whose pieces have the highest sum of scores (methods.md, "Unigram").
#pragma once

#include "core/tokenizer/models/token_model.h"

namespace lathe::tok {

Result<std::unique_ptr<TokenModel>> makeUnigram(const Json& part, const std::string& place);

}  // namespace lathe::tok
