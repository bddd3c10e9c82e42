// SPDX-License-Identifier: GPL-3.0-or-later
// How a template reaches into a value: value.name, value[key], value[a:b:c], in Jinja's order of attributes
// and items, with what its immutable sandbox refuses.
#pragma once

#include <optional>

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// An attribute, else an item, else undefined. `name` need not outlive the call.
Result<Value> attributeOf(Run& run, const Value& value, std::string_view name);
/// The same for a name that outlives the rendering.
Result<Value> attributeOf(Run& run, const Value& value, const std::string* name);
/// An item, else an attribute, else undefined.
Result<Value> itemOf(Run& run, const Value& value, const Value& key);
/// Bounds and step are integers, None or Missing.
Result<Value> sliceOf(Run& run, const Value& value, const Value& start, const Value& stop, const Value& step);
/// The attribute alone; Missing when there is none.
Result<Value> pythonAttribute(Run& run, const Value& value, std::string_view name);

}  // namespace lathe::jinja
