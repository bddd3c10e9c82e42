// SPDX-License-Identifier: GPL-3.0-or-later
// Base64, as tokenizer.json stores the character map of sentencepiece.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe::tok {

Result<std::string> decodeBase64(std::string_view text, const std::string& place);

}  // namespace lathe::tok
