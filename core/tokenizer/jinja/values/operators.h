// SPDX-License-Identifier: GPL-3.0-or-later
// Python's operators on values: truth, equality, order, arithmetic, membership.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

enum class Operator : uint8_t {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
};

Result<bool> truth(Run& run, const Value& value);
Result<bool> equal(Run& run, const Value& a, const Value& b);
/// a < b; an error for values that Python does not order.
Result<bool> less(Run& run, const Value& a, const Value& b);
Result<bool> contains(Run& run, const Value& container, const Value& item);
Result<bool> compare(Run& run, Operator op, const Value& a, const Value& b);
/// Number of elements or characters; an error for a value without a length.
Result<int64_t> length(Run& run, const Value& value);

Result<Value> arithmetic(Run& run, Operator op, const Value& a, const Value& b);
Result<Value> negated(const Value& value, bool minus);

}  // namespace lathe::jinja
