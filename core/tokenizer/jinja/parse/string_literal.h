// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a quoted string, its escapes read as Python's "unicode-escape" reads them.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe::jinja {

/// `inside` is what the quotes enclose, valid UTF-8. FileMalformed for an escape cut short or one that is not
/// a character; Unsupported for \N{name}.
Result<std::string> unescaped(std::string_view inside);

}  // namespace lathe::jinja
