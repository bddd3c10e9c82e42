// SPDX-License-Identifier: GPL-3.0-or-later
// Python's `text % values`.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// `values` is a tuple of values, a dict for "%(name)s", or the one value.
Result<Value> formatted(Run& run, const Value& text, const Value& values);

}  // namespace lathe::jinja
