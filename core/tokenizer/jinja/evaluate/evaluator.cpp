// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/evaluator.h"

#include "core/tokenizer/jinja/functions/globals.h"
#include "core/tokenizer/jinja/parse/lexer.h"
#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/lookup.h"
#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {

Error Evaluator::placed(Error error, std::size_t at) const {
    if (error.place.empty()) error.place = placeOf(m_place, m_tree.source, at);
    return error;
}

Result<Value> Evaluator::evaluate(const Expression& expression, Activation& scope) {
    const Run::Nesting nesting(m_run);
    if (const auto fits = nesting.check(); !fits.ok()) return placed(fits.error(), expression.at);
    if (const auto left = m_run.step(); !left.ok()) return placed(left.error(), expression.at);
    Result<Value> value = valueOf(expression, scope);
    if (!value.ok()) return placed(value.error(), expression.at);
    return value;
}

Result<bool> Evaluator::holds(const Expression& expression, Activation& scope) {
    LATHE_TRY(const Value value, evaluate(expression, scope));
    return truth(m_run, value);
}

Result<Value> Evaluator::valueOf(const Expression& expression, Activation& scope) {
    switch (expression.kind) {
        case ExpressionKind::Constant:
            return expression.constant;
        case ExpressionKind::Name: {
            const Value& value = scope.at(expression.slot);
            return value.isMissing() ? Value::undefined(&expression.name) : value;
        }
        case ExpressionKind::List:
        case ExpressionKind::Tuple:
            return sequence(expression, scope);
        case ExpressionKind::Dict:
            return dict(expression, scope);
        case ExpressionKind::Attribute: {
            LATHE_TRY(const Value value, evaluate(*expression.parts[0], scope));
            return attributeOf(m_run, value, &expression.name);
        }
        case ExpressionKind::Item:
            return item(expression, scope);
        case ExpressionKind::Call:
            return call(expression, {}, scope);
        case ExpressionKind::Filter:
        case ExpressionKind::Test:
            return filtered(expression, scope);
        case ExpressionKind::Not: {
            LATHE_TRY(const bool value, holds(*expression.parts[0], scope));
            return Value::boolean(!value);
        }
        case ExpressionKind::Negative:
        case ExpressionKind::Positive: {
            LATHE_TRY(const Value value, evaluate(*expression.parts[0], scope));
            return negated(value, expression.kind == ExpressionKind::Negative);
        }
        case ExpressionKind::And:
        case ExpressionKind::Or:
            return junction(expression, scope);
        case ExpressionKind::Concat:
            return concatenation(expression, scope);
        case ExpressionKind::Compare:
            return comparison(expression, scope);
        case ExpressionKind::Binary: {
            LATHE_TRY(const Value left, evaluate(*expression.parts[0], scope));
            LATHE_TRY(const Value right, evaluate(*expression.parts[1], scope));
            return arithmetic(m_run, expression.operators[0], left, right);
        }
        case ExpressionKind::Conditional:
            return conditional(expression, scope);
        default:
            return failure("a slice or a namespace's field where a value is needed");
    }
}

Result<Value> Evaluator::sequence(const Expression& expression, Activation& scope) {
    std::vector<Value> items;
    items.reserve(expression.parts.size());
    for (const ExpressionPtr& part : expression.parts) {
        LATHE_TRY(const Value value, evaluate(*part, scope));
        items.push_back(value);
    }
    return expression.kind == ExpressionKind::List ? m_run.list(std::move(items))
                                                   : m_run.tuple(std::move(items));
}

Result<Value> Evaluator::dict(const Expression& expression, Activation& scope) {
    Dict* const made = m_run.make<Dict>();
    for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        LATHE_TRY(const Value key, evaluate(*expression.parts[i], scope));
        LATHE_TRY(const Value value, evaluate(*expression.parts[i + 1], scope));
        LATHE_TRY_VOID(m_run.charge(sizeof(Dict::Entry)));
        LATHE_TRY(const DictKey found, Dict::keyOf(m_run, key));
        made->set(found, key, value);
    }
    return Value(made);
}

Result<Value> Evaluator::item(const Expression& expression, Activation& scope) {
    LATHE_TRY(const Value value, evaluate(*expression.parts[0], scope));
    const Expression& key = *expression.parts[1];
    if (key.kind != ExpressionKind::Slice) {
        LATHE_TRY(const Value index, evaluate(key, scope));
        return itemOf(m_run, value, index);
    }
    Value bounds[3];
    for (std::size_t i = 0; i < 3; ++i)
        if (key.parts[i]) {
            LATHE_TRY(bounds[i], evaluate(*key.parts[i], scope));
        }
    return sliceOf(m_run, value, bounds[0], bounds[1], bounds[2]);
}

Result<void> Evaluator::spread(const CallArguments& given, Arguments& into, Activation& scope) {
    if (given.list) {
        LATHE_TRY(const Value list, evaluate(*given.list, scope));
        LATHE_TRY(const std::vector<Value> items, elements(m_run, list));
        into.positional.insert(into.positional.end(), items.begin(), items.end());
    }
    if (!given.dict) return {};
    LATHE_TRY(const Value dict, evaluate(*given.dict, scope));
    if (!dict.is(Kind::Dict)) return failure("\"**\" needs a dict, not " + aValue(dict));
    for (const Dict::Entry& entry : dict.dict().entries()) {
        LATHE_TRY_VOID(m_run.step());
        if (!entry.key.isString()) return failure("the names of arguments are texts");
        std::string name(entry.key.bytes());
        for (const auto& [known, value] : given.named)
            if (known == name) return failure("the argument " + name + " is given twice");
        into.named.emplace_back(std::move(name), entry.value);
    }
    return {};
}

Result<Arguments> Evaluator::arguments(const CallArguments* given, Activation& scope) {
    Arguments made;
    if (!given) return made;
    for (const ExpressionPtr& part : given->positional) {
        LATHE_TRY(const Value value, evaluate(*part, scope));
        made.positional.push_back(value);
    }
    for (const auto& [name, part] : given->named) {
        LATHE_TRY(const Value value, evaluate(*part, scope));
        made.named.emplace_back(name, value);
    }
    LATHE_TRY_VOID(spread(*given, made, scope));
    return made;
}

Result<Value> Evaluator::call(const Expression& call, const Value& caller, Activation& scope) {
    LATHE_TRY(const Value function, evaluate(*call.parts[0], scope));
    LATHE_TRY(Arguments given, arguments(call.arguments.get(), scope));
    if (!caller.isMissing()) given.named.emplace_back("caller", caller);
    if (function.isUndefined()) {
        Error error = undefinedError(function);
        if (call.parts[0]->kind == ExpressionKind::Name) {
            error.code = ErrorCode::Unsupported;
            error.message = "the function \"" + call.parts[0]->name + "\" is not known";
        }
        return placed(std::move(error), call.at);
    }
    Result<Value> value = function.is(Kind::Native)
                              ? function.native().call(m_run, std::move(given))
                              : Result<Value>(failure(aValue(function) + " cannot be called"));
    if (!value.ok()) return placed(value.error(), call.at);
    return value;
}

Result<Value> Evaluator::filter(const Expression& expression, const Value& input, Activation& scope) {
    const bool isFilter = expression.kind == ExpressionKind::Filter;
    if (!expression.builtin)
        return Error{ErrorCode::Unsupported,
                     std::string("the ") + (isFilter ? "filter" : "test") + " \"" + expression.name +
                         "\" is not supported",
                     "", ""};
    LATHE_TRY(const Arguments given, arguments(expression.arguments.get(), scope));
    return callBuiltin(m_run, *expression.builtin, input, given);
}

Result<Value> Evaluator::filtered(const Expression& expression, Activation& scope) {
    LATHE_TRY(const Value input, evaluate(*expression.parts[0], scope));
    return filter(expression, input, scope);
}

Result<Value> Evaluator::filterBlock(const Expression& expression, const Value& text, Activation& scope) {
    Value input = text;
    if (expression.parts[0]) {
        LATHE_TRY(input, filterBlock(*expression.parts[0], text, scope));
    }
    Result<Value> value = filter(expression, input, scope);
    if (!value.ok()) return placed(value.error(), expression.at);
    return value;
}

Result<Value> Evaluator::comparison(const Expression& expression, Activation& scope) {
    LATHE_TRY(Value left, evaluate(*expression.parts[0], scope));
    for (std::size_t i = 0; i < expression.operators.size(); ++i) {
        LATHE_TRY(const Value right, evaluate(*expression.parts[i + 1], scope));
        LATHE_TRY(const bool holds, compare(m_run, expression.operators[i], left, right));
        if (!holds) return Value::boolean(false);
        left = right;
    }
    return Value::boolean(true);
}

Result<Value> Evaluator::junction(const Expression& expression, Activation& scope) {
    const bool stopsAt = expression.kind == ExpressionKind::Or;
    Value value;
    for (std::size_t i = 0; i < expression.parts.size(); ++i) {
        LATHE_TRY(value, evaluate(*expression.parts[i], scope));
        if (i + 1 == expression.parts.size()) break;
        LATHE_TRY(const bool holds, truth(m_run, value));
        if (holds == stopsAt) break;
    }
    return value;
}

Result<Value> Evaluator::concatenation(const Expression& expression, Activation& scope) {
    std::string out;
    for (const ExpressionPtr& part : expression.parts) {
        LATHE_TRY(const Value value, evaluate(*part, scope));
        LATHE_TRY_VOID(appendShown(m_run, out, value));
    }
    return m_run.text(std::move(out));
}

Result<Value> Evaluator::conditional(const Expression& expression, Activation& scope) {
    static const std::string kNoElse =
        "the condition of an inline \"if\" does not hold and it has no \"else\"";
    LATHE_TRY(const bool chosen, holds(*expression.parts[1], scope));
    if (chosen) return evaluate(*expression.parts[0], scope);
    if (expression.parts[2]) return evaluate(*expression.parts[2], scope);
    return Value::undefinedBecause(&kNoElse);
}

Result<void> Evaluator::unpack(const Expression& target, const Value& value, Activation& scope) {
    if (value.isUndefined() && target.parts.size() > 0)
        return failure("too few values to unpack: " + value.undefinedMessage());
    LATHE_TRY(const std::vector<Value> items, elements(m_run, value));
    if (items.size() != target.parts.size())
        return failure(std::to_string(target.parts.size()) + " names where there are " +
                       std::to_string(items.size()) + " values");
    for (std::size_t i = 0; i < items.size(); ++i) LATHE_TRY_VOID(assign(*target.parts[i], items[i], scope));
    return {};
}

Result<void> Evaluator::assign(const Expression& target, const Value& value, Activation& scope) {
    Result<void> done;
    if (target.kind == ExpressionKind::Name) {
        scope.at(target.slot) = value;
    } else if (target.kind == ExpressionKind::Tuple) {
        done = unpack(target, value, scope);
    } else {
        const Value& of = scope.at(target.slot);
        auto* const fields = of.is(Kind::Native) ? dynamic_cast<Namespace*>(&of.native()) : nullptr;
        if (!fields)
            return placed(
                failure("\"" + target.name + "\" is not a namespace: only those have attributes to set"),
                target.at);
        LATHE_TRY(const Value name, m_run.text(target.field));
        done = fields->set(m_run, name, value);
    }
    if (!done.ok()) return placed(done.error(), target.at);
    return {};
}

}  // namespace lathe::jinja
