// SPDX-License-Identifier: GPL-3.0-or-later
// A function of Lathe's as a value of a template.
#pragma once

#include <functional>

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

struct NativeFunction : Native {
    using Body = std::function<Result<Value>(Run& run, Arguments arguments)>;
    explicit NativeFunction(Body function) : body(std::move(function)) {}
    bool callable() const override { return true; }
    Result<Value> call(Run& run, Arguments arguments) override { return body(run, std::move(arguments)); }
    const char* typeName() const override { return "function"; }
    const Body body;
};

inline Value nativeFunction(Run& run, NativeFunction::Body body) {
    return Value(static_cast<Native*>(run.make<NativeFunction>(std::move(body))));
}

}  // namespace lathe::jinja
