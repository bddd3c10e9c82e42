// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are no text although they may hold data: archives, columnar files, documents.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

/// DataInvalid, naming the kind and what to do, when the bytes begin as such a file does. For bytes that are
/// not plain text: a text may begin so, too.
Result<void> checkNotForeign(std::string_view bytes, const std::string& place);

}  // namespace lathe
