// SPDX-License-Identifier: GPL-3.0-or-later
// Filters, tests and methods: functions with named parameters, in tables.
#pragma once

#include <span>

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

struct Builtin;

/// A call of a builtin whose arguments have been matched with its parameters.
struct BuiltinCall {
    Run& run;
    const Builtin& builtin;
    Value self;                      ///< what is filtered, tested, or has the method
    std::vector<Value> bound;        ///< one for each parameter; Missing when it was not given
    const Arguments* all = nullptr;  ///< of a builtin that takes any arguments

    const Value& operator[](std::size_t i) const { return bound[i]; }
    bool has(std::size_t i) const { return !bound[i].isMissing(); }
    /// An argument as Python's index types read it; `fallback` when it was not given.
    Result<int64_t> integer(std::size_t i, int64_t fallback) const;
    Result<std::string_view> text(std::size_t i, std::string_view fallback = {}) const;
    Result<bool> truth(std::size_t i, bool fallback) const;
    bool isNone(std::size_t i) const { return bound[i].isMissing() || bound[i].isNone(); }
};

struct Builtin {
    std::string_view name;
    /// Names, separated by spaces; "/name" cannot be given by name; "*" takes any arguments. Empty: none.
    std::string_view parameters;
    std::size_t required = 0;
    /// Null: Python or Jinja has it, Lathe does not.
    Result<Value> (*function)(const BuiltinCall& call) = nullptr;
};

/// Matches the arguments and calls.
Result<Value> callBuiltin(Run& run, const Builtin& builtin, const Value& self, const Arguments& arguments);

/// Null when there is none.
const Builtin* findBuiltin(std::span<const Builtin> table, std::string_view name);
/// Null when it is not known or not supported.
const Builtin* findFilter(std::string_view name);
const Builtin* findTest(std::string_view name);
/// Whether Jinja has it: what `"name" is filter` and `"name" is test` answer.
bool isFilterName(std::string_view name);
bool isTestName(std::string_view name);

// Tables, each in the file of its name.
std::span<const Builtin> textFilters();
std::span<const Builtin> numberFilters();
std::span<const Builtin> sequenceFilters();
std::span<const Builtin> selectionFilters();
std::span<const Builtin> tests();
std::span<const Builtin> stringMethods();
std::span<const Builtin> stringClassMethods();
std::span<const Builtin> containerMethods(Kind kind);

}  // namespace lathe::jinja
