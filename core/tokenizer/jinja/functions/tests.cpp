// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

template <bool (*holds)(const Value&)>
Result<Value> plain(const BuiltinCall& call) {
    return Value::boolean(holds(call.self));
}

bool isDefined(const Value& value) {
    return !value.isUndefined();
}
bool isUndefined(const Value& value) {
    return value.isUndefined();
}
bool isNone(const Value& value) {
    return value.isNone();
}
bool isBoolean(const Value& value) {
    return value.is(Kind::Boolean);
}
bool isTrue(const Value& value) {
    return value.is(Kind::Boolean) && value.boolean();
}
bool isFalse(const Value& value) {
    return value.is(Kind::Boolean) && !value.boolean();
}
bool isInteger(const Value& value) {
    return value.is(Kind::Integer);
}
bool isFloat(const Value& value) {
    return value.is(Kind::Float);
}
bool isNumber(const Value& value) {
    return value.isNumber();
}
bool isString(const Value& value) {
    return value.isString();
}
bool isMapping(const Value& value) {
    return value.is(Kind::Dict);
}
bool isSequence(const Value& value) {
    return value.isUndefined() || value.isString() || value.isSequence() || value.is(Kind::Dict) ||
           value.is(Kind::Range);
}
bool isCallable(const Value& value) {
    return value.isUndefined() || (value.is(Kind::Native) && value.native().callable());
}
bool isEscaped(const Value& value) {
    return value.isString() && value.text().markup;
}

template <Operator op>
Result<Value> compared(const BuiltinCall& call) {
    LATHE_TRY(const bool holds, compare(call.run, op, call.self, call[0]));
    return Value::boolean(holds);
}

/// value % divisor == rest
Result<Value> leaves(const BuiltinCall& call, const Value& divisor, int64_t rest) {
    LATHE_TRY(const Value left, arithmetic(call.run, Operator::Modulo, call.self, divisor));
    LATHE_TRY(const bool same, equal(call.run, left, Value::integer(rest)));
    return Value::boolean(same);
}

Result<Value> even(const BuiltinCall& call) {
    return leaves(call, Value::integer(2), 0);
}
Result<Value> odd(const BuiltinCall& call) {
    return leaves(call, Value::integer(2), 1);
}
Result<Value> divisibleBy(const BuiltinCall& call) {
    return leaves(call, call[0], 0);
}

template <TextTest test>
Result<Value> cased(const BuiltinCall& call) {
    LATHE_TRY(const std::string text, shown(call.run, call.self));
    return Value::boolean(holds(test, text));
}

Result<Value> sameAs(const BuiltinCall& call) {
    return Value::boolean(call.self.same(call[0]));
}

/// Whether a table has the name; a value that cannot be a key is an error, as in Python.
template <bool (*known)(std::string_view)>
Result<Value> exists(const BuiltinCall& call) {
    LATHE_TRY(const DictKey key, Dict::keyOf(call.run, call.self));
    return Value::boolean(key.text && known(key.bytes));
}

}  // namespace

std::span<const Builtin> tests() {
    static constexpr Builtin kTests[] = {
        {"defined", "", 0, plain<isDefined>},
        {"undefined", "", 0, plain<isUndefined>},
        {"none", "", 0, plain<isNone>},
        {"boolean", "", 0, plain<isBoolean>},
        {"true", "", 0, plain<isTrue>},
        {"false", "", 0, plain<isFalse>},
        {"integer", "", 0, plain<isInteger>},
        {"float", "", 0, plain<isFloat>},
        {"number", "", 0, plain<isNumber>},
        {"string", "", 0, plain<isString>},
        {"mapping", "", 0, plain<isMapping>},
        {"sequence", "", 0, plain<isSequence>},
        {"iterable", "", 0, plain<isIterable>},
        {"callable", "", 0, plain<isCallable>},
        {"escaped", "", 0, plain<isEscaped>},
        {"odd", "", 0, odd},
        {"even", "", 0, even},
        {"divisibleby", "num", 1, divisibleBy},
        {"lower", "", 0, cased<TextTest::Lower>},
        {"upper", "", 0, cased<TextTest::Upper>},
        {"sameas", "other", 1, sameAs},
        {"in", "seq", 1, compared<Operator::In>},
        {"filter", "", 0, exists<isFilterName>},
        {"test", "", 0, exists<isTestName>},
        {"==", "/other", 1, compared<Operator::Equal>},
        {"eq", "/other", 1, compared<Operator::Equal>},
        {"equalto", "/other", 1, compared<Operator::Equal>},
        {"!=", "/other", 1, compared<Operator::NotEqual>},
        {"ne", "/other", 1, compared<Operator::NotEqual>},
        {">", "/other", 1, compared<Operator::Greater>},
        {"gt", "/other", 1, compared<Operator::Greater>},
        {"greaterthan", "/other", 1, compared<Operator::Greater>},
        {">=", "/other", 1, compared<Operator::GreaterEqual>},
        {"ge", "/other", 1, compared<Operator::GreaterEqual>},
        {"<", "/other", 1, compared<Operator::Less>},
        {"lt", "/other", 1, compared<Operator::Less>},
        {"lessthan", "/other", 1, compared<Operator::Less>},
        {"<=", "/other", 1, compared<Operator::LessEqual>},
        {"le", "/other", 1, compared<Operator::LessEqual>},
    };
    return kTests;
}

}  // namespace lathe::jinja
