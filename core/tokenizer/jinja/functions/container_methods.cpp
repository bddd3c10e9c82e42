// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>

#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/operators.h"

namespace lathe::jinja {
namespace {

template <View::Part part>
Result<Value> view(const BuiltinCall& call) {
    return Value(call.run.make<View>(call.self.dict(), part));
}

Result<Value> get(const BuiltinCall& call) {
    LATHE_TRY(const DictKey key, Dict::keyOf(call.run, call[0]));
    if (const Value* const found = call.self.dict().find(key)) return *found;
    return call.has(1) ? call[1] : Value::none();
}

Result<Value> copyOfDict(const BuiltinCall& call) {
    Dict* const copy = call.run.make<Dict>();
    for (const Dict::Entry& entry : call.self.dict().entries()) {
        LATHE_TRY_VOID(call.run.step());
        LATHE_TRY_VOID(call.run.charge(sizeof entry));
        LATHE_TRY(const DictKey key, Dict::keyOf(call.run, entry.key));
        copy->set(key, entry.key, entry.value);
    }
    return Value(copy);
}

Result<Value> copyOfList(const BuiltinCall& call) {
    return call.run.list(call.self.items());
}

Result<Value> count(const BuiltinCall& call) {
    int64_t found = 0;
    for (const Value& item : call.self.items()) {
        LATHE_TRY(const bool same, equal(call.run, item, call[0]));
        found += same;
    }
    return Value::integer(found);
}

Result<Value> index(const BuiltinCall& call) {
    const auto size = static_cast<int64_t>(call.self.items().size());
    const auto clamped = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
    LATHE_TRY(const int64_t start, call.integer(1, 0));
    LATHE_TRY(const int64_t stop, call.integer(2, size));
    for (int64_t i = clamped(start); i < clamped(stop); ++i) {
        LATHE_TRY(const bool same, equal(call.run, call.self.items()[static_cast<std::size_t>(i)], call[0]));
        if (same) return Value::integer(i);
    }
    return failure("the value that index looks for is not in the list");
}

Result<Value> bitLength(const BuiltinCall& call) {
    const int64_t value = call.self.integer();
    const uint64_t magnitude = value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
    return Value::integer(magnitude == 0 ? 0 : 64 - __builtin_clzll(magnitude));
}

Result<Value> isInteger(const BuiltinCall& call) {
    const double value = call.self.number();
    return Value::boolean(std::isfinite(value) && std::floor(value) == value);
}

}  // namespace

std::span<const Builtin> containerMethods(Kind kind) {
    static constexpr Builtin kDict[] = {
        {"items", "", 0, view<View::Part::Items>},
        {"keys", "", 0, view<View::Part::Keys>},
        {"values", "", 0, view<View::Part::Values>},
        {"get", "/key /default", 1, get},
        {"copy", "", 0, copyOfDict},
        {"fromkeys", "*"},
    };
    static constexpr Builtin kList[] = {
        {"count", "/value", 1, count},
        {"index", "/value /start /stop", 1, index},
        {"copy", "", 0, copyOfList},
    };
    static constexpr Builtin kInteger[] = {
        {"bit_length", "", 0, bitLength}, {"conjugate", "*"}, {"bit_count", "*"},
        {"as_integer_ratio", "*"},        {"to_bytes", "*"},  {"from_bytes", "*"},
    };
    static constexpr Builtin kFloat[] = {
        {"is_integer", "", 0, isInteger},
        {"conjugate", "*"},
        {"as_integer_ratio", "*"},
        {"hex", "*"},
        {"fromhex", "*"},
    };
    switch (kind) {
        case Kind::Dict:
            return kDict;
        case Kind::List:
            return kList;
        case Kind::Tuple:
            return std::span(kList).first(2);
        case Kind::Boolean:
        case Kind::Integer:
            return kInteger;
        case Kind::Float:
            return kFloat;
        default:
            return {};
    }
}

}  // namespace lathe::jinja
