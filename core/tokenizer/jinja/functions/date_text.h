// SPDX-License-Identifier: GPL-3.0-or-later
// Dates as Python's datetime.strftime writes them, in English whatever the locale is.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

Result<std::string> dateText(const Clock& clock, std::string_view format);

}  // namespace lathe::jinja
