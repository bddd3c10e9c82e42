// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/builtin.h"

#include <algorithm>
#include <array>

#include "core/tokenizer/jinja/values/operators.h"

namespace lathe::jinja {
namespace {

// What Jinja has and Lathe does not: filters that depend on chance or lay text out for people.
constexpr std::array<std::string_view, 6> kOtherFilters = {"filesizeformat", "pprint",   "random",
                                                           "urlize",         "wordwrap", "xmlattr"};

std::vector<std::string_view> wordsOf(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

Error wrongArgument(const BuiltinCall& call, std::size_t i, const char* expected) {
    return failure(std::string(call.builtin.name) + " needs " + expected + " where it has " +
                   aValue(call.bound[i]));
}

/// Fills `bound` from the arguments.
Result<void> bind(BuiltinCall& call, const Arguments& arguments) {
    const std::vector<std::string_view> names = wordsOf(call.builtin.parameters);
    const std::string name(call.builtin.name);
    call.bound.resize(names.size());
    if (arguments.positional.size() > names.size())
        return failure(name + " takes at most " + std::to_string(names.size()) + " arguments, not " +
                       std::to_string(arguments.positional.size()));
    std::copy(arguments.positional.begin(), arguments.positional.end(), call.bound.begin());
    for (const auto& [key, value] : arguments.named) {
        const auto at = std::find(names.begin(), names.end(), key);
        if (at == names.end()) return failure(name + " has no argument \"" + key + "\"");
        Value& place = call.bound[static_cast<std::size_t>(at - names.begin())];
        if (!place.isMissing()) return failure(name + " is given the argument \"" + key + "\" twice");
        place = value;
    }
    for (std::size_t i = 0; i < call.builtin.required; ++i)
        if (call.bound[i].isMissing())
            return failure(name + " needs the argument \"" + std::string(names[i]) + "\"");
    return {};
}

}  // namespace

Result<int64_t> BuiltinCall::integer(std::size_t i, int64_t fallback) const {
    if (!has(i)) return fallback;
    if (!bound[i].isIntegral()) return wrongArgument(*this, i, "an integer");
    return bound[i].integer();
}

Result<std::string_view> BuiltinCall::text(std::size_t i, std::string_view fallback) const {
    if (!has(i)) return fallback;
    if (!bound[i].isString()) return wrongArgument(*this, i, "text");
    return bound[i].bytes();
}

Result<bool> BuiltinCall::truth(std::size_t i, bool fallback) const {
    return has(i) ? jinja::truth(run, bound[i]) : Result<bool>(fallback);
}

Result<Value> callBuiltin(Run& run, const Builtin& builtin, const Value& self, const Arguments& arguments) {
    if (!builtin.function)
        return Error{ErrorCode::Unsupported, std::string(builtin.name) + " is not supported", "", ""};
    BuiltinCall call{run, builtin, self, {}, &arguments};
    if (builtin.parameters != "*") LATHE_TRY_VOID(bind(call, arguments));
    return builtin.function(call);
}

const Builtin* findBuiltin(std::span<const Builtin> table, std::string_view name) {
    const auto at =
        std::find_if(table.begin(), table.end(), [&](const auto& one) { return one.name == name; });
    return at == table.end() ? nullptr : &*at;
}

const Builtin* findFilter(std::string_view name) {
    for (const auto table : {textFilters(), numberFilters(), sequenceFilters(), selectionFilters()})
        if (const Builtin* const found = findBuiltin(table, name)) return found;
    return nullptr;
}

const Builtin* findTest(std::string_view name) {
    return findBuiltin(tests(), name);
}

bool isFilterName(std::string_view name) {
    return findFilter(name) ||
           std::find(kOtherFilters.begin(), kOtherFilters.end(), name) != kOtherFilters.end();
}

bool isTestName(std::string_view name) {
    return findTest(name) != nullptr;
}

}  // namespace lathe::jinja
