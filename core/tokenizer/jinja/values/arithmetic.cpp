// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/printf_format.h"
#include "core/tokenizer/jinja/values/python_text.h"

namespace lathe::jinja {
namespace {

const char* symbolOf(Operator op) {
    switch (op) {
        case Operator::Add:
            return "+";
        case Operator::Subtract:
            return "-";
        case Operator::Multiply:
            return "*";
        case Operator::Divide:
            return "/";
        case Operator::FloorDivide:
            return "//";
        case Operator::Modulo:
            return "%";
        default:
            return "**";
    }
}

Error cannotCombine(Operator op, const Value& a, const Value& b) {
    return failure(std::string("\"") + symbolOf(op) + "\" does not work on " + aValue(a) + " and " +
                   aValue(b));
}

Error tooLarge() {
    return failure("an integer of more than 64 bits");
}

/// The quotient rounded down, and what is left, which has the sign of b. b is not 0.
std::pair<int64_t, int64_t> flooredDivision(int64_t a, int64_t b) {
    if (b == -1) return {-a, 0};  // of any a but the least
    int64_t quotient = a / b, rest = a % b;
    if (rest != 0 && (rest < 0) != (b < 0)) {
        --quotient;
        rest += b;
    }
    return {quotient, rest};
}

Result<Value> integerPower(int64_t base, int64_t exponent) {
    int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return tooLarge();
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return tooLarge();
    }
    return Value::integer(result);
}

Result<Value> integers(Operator op, int64_t a, int64_t b) {
    int64_t result = 0;
    switch (op) {
        case Operator::Add:
            return __builtin_add_overflow(a, b, &result) ? Result<Value>(tooLarge()) : Value::integer(result);
        case Operator::Subtract:
            return __builtin_sub_overflow(a, b, &result) ? Result<Value>(tooLarge()) : Value::integer(result);
        case Operator::Multiply:
            return __builtin_mul_overflow(a, b, &result) ? Result<Value>(tooLarge()) : Value::integer(result);
        case Operator::Divide:
            return Value::number(
                static_cast<double>(static_cast<long double>(a) / static_cast<long double>(b)));
        case Operator::Power:
            if (b >= 0) return integerPower(a, b);
            if (a == 0) return failure("0 to a negative power");
            return Value::number(std::pow(static_cast<double>(a), static_cast<double>(b)));
        default:
            if (b == -1 && a == std::numeric_limits<int64_t>::min() && op == Operator::FloorDivide)
                return tooLarge();
            if (b == -1) return Value::integer(op == Operator::FloorDivide ? -a : 0);
            return Value::integer(op == Operator::FloorDivide ? flooredDivision(a, b).first
                                                              : flooredDivision(a, b).second);
    }
}

Result<Value> floats(Operator op, double a, double b) {
    switch (op) {
        case Operator::Add:
            return Value::number(a + b);
        case Operator::Subtract:
            return Value::number(a - b);
        case Operator::Multiply:
            return Value::number(a * b);
        case Operator::Divide:
            return Value::number(a / b);
        case Operator::Power:
            if (a == 0 && b < 0) return failure("0 to a negative power");
            if (a < 0 && std::nearbyint(b) != b && std::isfinite(b))
                return failure("a negative number to a power that is not whole is not a real number");
            return Value::number(std::pow(a, b));
        default: {
            double rest = std::fmod(a, b);
            double quotient = (a - rest) / b;
            if (rest != 0) {
                if ((b < 0) != (rest < 0)) {
                    rest += b;
                    quotient -= 1;
                }
            } else {
                rest = std::copysign(0.0, b);
            }
            if (op == Operator::Modulo) return Value::number(rest);
            double floored = quotient != 0 ? std::floor(quotient) : std::copysign(0.0, a / b);
            if (quotient - floored > 0.5) floored += 1;
            return Value::number(floored);
        }
    }
}

Result<Value> numbers(Operator op, const Value& a, const Value& b) {
    const bool divides = op == Operator::Divide || op == Operator::FloorDivide || op == Operator::Modulo;
    if (divides && b.number() == 0) return failure("division by zero");
    if (a.isIntegral() && b.isIntegral()) return integers(op, a.integer(), b.integer());
    LATHE_TRY(const Value result, floats(op, a.number(), b.number()));
    if (op == Operator::Power && std::isinf(result.number()) && std::isfinite(a.number()) &&
        std::isfinite(b.number()))
        return failure("a number too large for a float");
    return result;
}

/// Text or a sequence, `count` times.
Result<Value> repeated(Run& run, const Value& value, int64_t count) {
    const auto times = static_cast<std::size_t>(std::max<int64_t>(count, 0));
    if (value.isString()) {
        const std::string_view text = value.bytes();
        LATHE_TRY_VOID(run.afford(times, text.size()));
        std::string made;
        made.reserve(times * text.size());
        for (std::size_t i = 0; i < times && !text.empty(); ++i) made += text;
        return run.text(std::move(made), value.text().markup);
    }
    const auto& items = value.items();
    LATHE_TRY_VOID(run.afford(times, items.size() * sizeof(Value)));
    std::vector<Value> made;
    made.reserve(times * items.size());
    for (std::size_t i = 0; i < times && !items.empty(); ++i)
        made.insert(made.end(), items.begin(), items.end());
    LATHE_TRY_VOID(run.step(static_cast<int64_t>(made.size())));
    return value.is(Kind::List) ? run.list(std::move(made)) : run.tuple(std::move(made));
}

Result<Value> joined(Run& run, const Value& a, const Value& b) {
    if (a.isString()) {
        const bool markup = a.text().markup || b.text().markup;
        LATHE_TRY_VOID(run.afford(1, a.bytes().size() + b.bytes().size()));
        const auto part = [&](const Value& value) {
            return markup && !value.text().markup ? escapedHtml(value.bytes()) : std::string(value.bytes());
        };
        return run.text(part(a) + part(b), markup);
    }
    const auto &left = a.items(), &right = b.items();
    LATHE_TRY_VOID(run.step(static_cast<int64_t>(left.size() + right.size())));
    std::vector<Value> made(left);
    made.insert(made.end(), right.begin(), right.end());
    return a.is(Kind::List) ? run.list(std::move(made)) : run.tuple(std::move(made));
}

}  // namespace

Result<Value> arithmetic(Run& run, Operator op, const Value& a, const Value& b) {
    if (op == Operator::Modulo && a.isString()) return formatted(run, a, b);
    if (a.isUndefined()) return undefinedError(a);
    if (b.isUndefined()) return undefinedError(b);
    if (a.isNumber() && b.isNumber()) return numbers(op, a, b);
    const auto repeats = [](const Value& value) { return value.isString() || value.isSequence(); };
    if (op == Operator::Multiply && repeats(a) && b.isIntegral()) return repeated(run, a, b.integer());
    if (op == Operator::Multiply && repeats(b) && a.isIntegral()) return repeated(run, b, a.integer());
    if (op == Operator::Add && repeats(a) && a.kind() == b.kind()) return joined(run, a, b);
    return cannotCombine(op, a, b);
}

Result<Value> negated(const Value& value, bool minus) {
    if (value.isUndefined()) return undefinedError(value);
    if (!value.isNumber()) return failure(aValue(value) + " has no sign");
    if (value.is(Kind::Float)) return Value::number(minus ? -value.number() : value.number());
    if (minus && value.integer() == std::numeric_limits<int64_t>::min()) return tooLarge();
    return Value::integer(minus ? -value.integer() : value.integer());
}

}  // namespace lathe::jinja
