// SPDX-License-Identifier: GPL-3.0-or-later
// JSON as the values of a template.
#pragma once

#include "core/base/json.h"
#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// DataInvalid for an integer of more than 64 bits, text that is not UTF-8, and nesting beyond 200 levels.
Result<Value> fromJson(Run& run, const OrderedJson& json, int depth = 0);

}  // namespace lathe::jinja
