// SPDX-License-Identifier: GPL-3.0-or-later
// Python's str.format.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

Result<Value> braceFormatted(Run& run, const Value& text, const Arguments& arguments);
/// Python's format(value, spec).
Result<std::string> formattedBySpec(Run& run, const Value& value, std::string_view spec);

}  // namespace lathe::jinja
