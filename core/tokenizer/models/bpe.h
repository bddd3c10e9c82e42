// SPDX-License-Identifier: GPL-3.0-or-later
// Byte-pair encoding: joins the adjacent pair of lowest rank until no pair is left (methods.md, "Byte-level
// BPE").
#pragma once

#include "core/tokenizer/models/token_model.h"

namespace lathe::tok {

Result<std::unique_ptr<TokenModel>> makeBpe(const Json& part, const std::string& place);

}  // namespace lathe::tok
