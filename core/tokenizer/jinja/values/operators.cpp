// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/operators.h"

#include <algorithm>
#include <cmath>

#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/python_text.h"

namespace lathe::jinja {
namespace {

Result<bool> equalItems(Run& run, const std::vector<Value>& a, const std::vector<Value>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        LATHE_TRY(const bool same, equal(run, a[i], b[i]));
        if (!same) return false;
    }
    return true;
}

Result<bool> equalDicts(Run& run, const Dict& a, const Dict& b) {
    if (a.entries().size() != b.entries().size()) return false;
    for (const Dict::Entry& entry : a.entries()) {
        LATHE_TRY(const DictKey key, Dict::keyOf(run, entry.key));
        const Value* const other = b.find(key);
        if (!other) return false;
        LATHE_TRY(const bool same, equal(run, entry.value, *other));
        if (!same) return false;
    }
    return true;
}

/// a < b of numbers, exact also where a double cannot hold the integer.
bool lessNumber(const Value& a, const Value& b) {
    if (a.isIntegral() && b.isIntegral()) return a.integer() < b.integer();
    if (!a.isIntegral() && !b.isIntegral()) return a.number() < b.number();
    return static_cast<long double>(a.isIntegral() ? static_cast<long double>(a.integer()) : a.number()) <
           static_cast<long double>(b.isIntegral() ? static_cast<long double>(b.integer()) : b.number());
}

bool equalNumber(const Value& a, const Value& b) {
    if (a.is(Kind::Float) && b.is(Kind::Float)) return a.number() == b.number();
    if (std::isnan(a.number()) || std::isnan(b.number())) return false;
    return !lessNumber(a, b) && !lessNumber(b, a);
}

Error cannotOrder(const Value& a, const Value& b) {
    return failure(aValue(a) + " and " + aValue(b) + " have no order");
}

Result<bool> lessItems(Run& run, const std::vector<Value>& a, const std::vector<Value>& b) {
    const std::size_t shared = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < shared; ++i) {
        LATHE_TRY(const bool same, equal(run, a[i], b[i]));
        if (!same) return less(run, a[i], b[i]);
    }
    return a.size() < b.size();
}

Result<bool> among(Run& run, Iterator& from, const Value& item) {
    for (Value one;;) {
        LATHE_TRY_VOID(run.step());
        LATHE_TRY(const bool more, from.next(run, one));
        if (!more) return false;
        LATHE_TRY(const bool same, equal(run, one, item));
        if (same) return true;
    }
}

}  // namespace

Result<int64_t> length(Run& run, const Value& value) {
    switch (value.kind()) {
        case Kind::Undefined:
            return int64_t(0);
        case Kind::String:
            return static_cast<int64_t>(value.text().length);
        case Kind::List:
        case Kind::Tuple:
            return static_cast<int64_t>(value.items().size());
        case Kind::Dict:
            return static_cast<int64_t>(value.dict().entries().size());
        case Kind::View:
            return static_cast<int64_t>(value.view().dict.entries().size());
        case Kind::Range:
            return value.range().length;
        case Kind::Native:
            if (const int64_t count = value.native().length(run); count >= 0) return count;
            [[fallthrough]];
        default:
            return failure(aValue(value) + " has no length");
    }
}

Result<bool> truth(Run& run, const Value& value) {
    switch (value.kind()) {
        case Kind::Missing:
        case Kind::None:
            return false;
        case Kind::Boolean:
        case Kind::Integer:
            return value.integer() != 0;
        case Kind::Float:
            return value.number() != 0;
        case Kind::Iterator:
            return true;
        case Kind::Native:
            return value.native().length(run) != 0;
        default: {
            LATHE_TRY(const int64_t count, length(run, value));
            return count != 0;
        }
    }
}

Result<bool> equal(Run& run, const Value& a, const Value& b) {
    const Run::Nesting nesting(run);
    LATHE_TRY_VOID(nesting.check());
    LATHE_TRY_VOID(run.step());
    if (a.isNumber() && b.isNumber()) return equalNumber(a, b);
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::String:
            LATHE_TRY_VOID(run.stepBytes(a.bytes().size()));
            return a.bytes() == b.bytes();
        case Kind::List:
        case Kind::Tuple:
            return a.same(b) ? Result<bool>(true) : equalItems(run, a.items(), b.items());
        case Kind::Dict:
            return a.same(b) ? Result<bool>(true) : equalDicts(run, a.dict(), b.dict());
        case Kind::Range: {
            const Range &x = a.range(), &y = b.range();
            if (x.length != y.length) return false;
            return x.length == 0 || (x.start == y.start && (x.length == 1 || x.step == y.step));
        }
        case Kind::Undefined:
            return true;
        default:
            return a.same(b);
    }
}

Result<bool> less(Run& run, const Value& a, const Value& b) {
    const Run::Nesting nesting(run);
    LATHE_TRY_VOID(nesting.check());
    LATHE_TRY_VOID(run.step());
    if (a.isUndefined()) return undefinedError(a);
    if (b.isUndefined()) return undefinedError(b);
    if (a.isNumber() && b.isNumber()) return lessNumber(a, b);
    if (a.kind() != b.kind()) return cannotOrder(a, b);
    if (a.isSequence()) return lessItems(run, a.items(), b.items());
    if (!a.isString()) return cannotOrder(a, b);
    LATHE_TRY_VOID(run.stepBytes(std::min(a.bytes().size(), b.bytes().size())));
    return a.bytes() < b.bytes();
}

Result<bool> contains(Run& run, const Value& container, const Value& item) {
    if (container.isString()) {
        if (item.isUndefined()) return undefinedError(item);
        if (!item.isString()) return failure("\"in\" looks for a str in a str, not for " + aValue(item));
        LATHE_TRY_VOID(run.stepBytes(container.bytes().size()));
        return findText(container.bytes(), item.bytes(), 0) != std::string_view::npos;
    }
    const bool keys = container.is(Kind::View) && container.view().part == View::Part::Keys;
    if (container.is(Kind::Dict) || keys) {
        LATHE_TRY(const DictKey key, Dict::keyOf(run, item));
        return (keys ? container.view().dict : container.dict()).find(key) != nullptr;
    }
    if (!isIterable(container))
        return failure("\"in\" needs a list, a dict or a str, not " + aValue(container));
    LATHE_TRY(Iterator* const from, iterate(run, container));
    return among(run, *from, item);
}

Result<bool> compare(Run& run, Operator op, const Value& a, const Value& b) {
    const auto opposite = [](Result<bool> answer) {
        return answer.ok() ? Result<bool>(!answer.value()) : answer;
    };
    // With a NaN neither a < b nor b < a, so "<=" cannot be "not >".
    const auto lessOrEqual = [&](const Value& x, const Value& y) -> Result<bool> {
        if (x.isNumber() && y.isNumber()) return lessNumber(x, y) || equalNumber(x, y);
        return opposite(less(run, y, x));
    };
    switch (op) {
        case Operator::Equal:
            return equal(run, a, b);
        case Operator::NotEqual:
            return opposite(equal(run, a, b));
        case Operator::Less:
            return less(run, a, b);
        case Operator::Greater:
            return less(run, b, a);
        case Operator::LessEqual:
            return lessOrEqual(a, b);
        case Operator::GreaterEqual:
            return lessOrEqual(b, a);
        case Operator::In:
            return contains(run, b, a);
        default:
            return opposite(contains(run, b, a));
    }
}

}  // namespace lathe::jinja
