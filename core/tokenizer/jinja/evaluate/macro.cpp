// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/macro.h"

#include <algorithm>

namespace lathe::jinja {

void enter(const Loads& loads, const std::vector<Value>& context, Activation& scope) {
    for (const Load& load : loads) {
        Value& slot = scope.slots[load.slot];
        slot = load.from == Load::From::Context ? context[load.context]
               : load.from == Load::From::Outer ? scope.at(load.outer)
                                                : Value();
    }
}

std::string Macro::name() const {
    return m_definition.text.empty() ? "a call block" : "the macro " + m_definition.text;
}

Result<Value> Macro::call(Run& run, Arguments arguments) {
    const Run::Call call(run);
    LATHE_TRY_VOID(call.check());
    LATHE_TRY_VOID(run.charge(m_definition.function.slots * sizeof(Value)));
    LATHE_TRY_VOID(run.step(m_definition.function.slots / 16));
    Activation& scope = *run.make<Activation>(&m_outer, m_definition.function.slots);
    LATHE_TRY_VOID(bind(run, arguments, scope));
    return m_body(m_definition, scope);
}

Result<void> Macro::bind(Run& run, Arguments& arguments, Activation& scope) {
    const Function& function = m_definition.function;
    const std::size_t count = function.parameters.size();
    const std::size_t given = std::min(arguments.positional.size(), count);
    for (std::size_t i = 0; i < given; ++i) scope.at(function.parameters[i]) = arguments.positional[i];
    for (std::size_t i = given; i < count; ++i)
        scope.at(function.parameters[i]) = arguments.take(m_definition.parameters[i]->name);
    if (function.usesCaller) {
        const Value caller = arguments.take("caller");
        const bool none = caller.isMissing() || caller.isNone();
        scope.at(function.caller) =
            none ? run.undefined(name() + " has no caller: it is not called by a call block") : caller;
    }
    if (function.usesKwargs) {
        Dict* const rest = run.make<Dict>();
        for (const auto& [key, value] : arguments.named) {
            LATHE_TRY(const Value text, run.text(key));
            rest->set({true, text.bytes(), {}}, text, value);
        }
        scope.at(function.kwargs) = Value(rest);
    } else if (!arguments.named.empty()) {
        return failure(name() + " has no argument \"" + arguments.named.front().first + "\"");
    }
    if (function.usesVarargs) {
        std::vector<Value> rest(arguments.positional.begin() + static_cast<std::ptrdiff_t>(given),
                                arguments.positional.end());
        LATHE_TRY(scope.at(function.varargs), run.tuple(std::move(rest)));
    } else if (arguments.positional.size() > count) {
        return failure(name() + " takes at most " + std::to_string(count) + " arguments");
    }
    return {};
}

Result<Value> Macro::attribute(Run& run, std::string_view attribute) {
    const Function& function = m_definition.function;
    if (attribute == "name")
        return m_definition.text.empty() ? Result<Value>(Value::none()) : run.text(m_definition.text);
    if (attribute == "catch_kwargs") return Value::boolean(function.usesKwargs);
    if (attribute == "catch_varargs") return Value::boolean(function.usesVarargs);
    if (attribute == "caller") return Value::boolean(function.usesCaller);
    if (attribute != "arguments") return Value();
    std::vector<Value> names;
    for (const ExpressionPtr& parameter : m_definition.parameters) {
        LATHE_TRY(const Value text, run.text(parameter->name));
        names.push_back(text);
    }
    return run.tuple(std::move(names));
}

Result<std::string> Macro::shown(Run&) {
    return m_definition.text.empty() ? "<Macro anonymous>" : "<Macro '" + m_definition.text + "'>";
}

}  // namespace lathe::jinja
