// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that every chat template has: range, dict, namespace, cycler, joiner, raise_exception,
// strftime_now.
#pragma once

#include <optional>

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// What a template's `namespace()` makes: the one kind of object whose attributes templates set.
struct Namespace : Native {
    Result<Value> attribute(Run& run, std::string_view name) override;
    Result<std::string> shown(Run& run) override;
    const char* typeName() const override { return "namespace"; }
    /// `name` is text that lives as long as the rendering. An error for a name with "_" in front.
    Result<void> set(Run& run, const Value& name, const Value& value);
    Dict fields;
};

/// Missing when there is none of that name.
Value globalFunction(Run& run, std::string_view name);

}  // namespace lathe::jinja
