// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <unordered_set>

#include "core/tokenizer/jinja/values/attribute_path.h"
#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/lookup.h"
#include "core/tokenizer/jinja/values/operators.h"

namespace lathe::jinja {
namespace {

struct Keyed {
    Value key, value;
};

Result<void> sortByKey(Run& run, std::vector<Keyed>& items, bool backwards) {
    std::optional<Error> fault;
    std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
        if (fault) return false;
        const auto before = backwards ? less(run, b.key, a.key) : less(run, a.key, b.key);
        if (!before.ok()) fault = before.error();
        return before.ok() && before.value();
    });
    if (fault) return *fault;
    return {};
}

/// The values in the order of their keys, as a list.
Result<Value> sortedValues(Run& run, std::vector<Keyed> items, bool backwards) {
    LATHE_TRY_VOID(sortByKey(run, items, backwards));
    std::vector<Value> values;
    for (const Keyed& one : items) values.push_back(one.value);
    return run.list(std::move(values));
}

Result<Value> keyIn(Run& run, const AttributePath& path, const Value& value, bool caseSensitive,
                    const Value& fallback = {}) {
    LATHE_TRY(const Value key, path.in(run, value, fallback));
    return caseSensitive ? Result<Value>(key) : withoutCase(run, key);
}

Result<Value> length(const BuiltinCall& call) {
    LATHE_TRY(const int64_t count, jinja::length(call.run, call.self));
    return Value::integer(count);
}

Result<Value> defaulted(const BuiltinCall& call) {
    LATHE_TRY(const bool also, call.truth(1, false));
    bool replaces = call.self.isUndefined();
    if (!replaces && also) {
        LATHE_TRY(const bool true_, truth(call.run, call.self));
        replaces = !true_;
    }
    if (!replaces) return call.self;
    return call.has(0) ? Result<Value>(call[0]) : call.run.text("");
}

Result<Value> list(const BuiltinCall& call) {
    LATHE_TRY(std::vector<Value> items, elements(call.run, call.self));
    return call.run.list(std::move(items));
}

Result<Value> first(const BuiltinCall& call) {
    LATHE_TRY(Iterator* const from, iterate(call.run, call.self));
    Value item;
    LATHE_TRY(const bool some, from->next(call.run, item));
    return some ? item : call.run.undefined("there is no first item: the sequence is empty");
}

Result<Value> last(const BuiltinCall& call) {
    if (call.self.isString() && call.self.text().length > 0)
        return itemOf(call.run, call.self, Value::integer(-1));
    const Value backwards = call.self.isString() ? call.run.undefined("") : call.self;
    const Value from = reversed(call.run, backwards);
    if (from.isMissing()) return failure(aValue(call.self) + " has no order to take the last of");
    Value item;
    LATHE_TRY(const bool some, from.iterator().next(call.run, item));
    return some ? item : call.run.undefined("there is no last item: the sequence is empty");
}

Result<Value> reverse(const BuiltinCall& call) {
    if (call.self.isString()) return sliceOf(call.run, call.self, {}, {}, Value::integer(-1));
    const Value from = reversed(call.run, call.self);
    if (!from.isMissing()) return from;
    LATHE_TRY(std::vector<Value> items, elements(call.run, call.self));
    std::reverse(items.begin(), items.end());
    return call.run.list(std::move(items));
}

Result<Value> items(const BuiltinCall& call) {
    if (call.self.isUndefined())
        return generator(call.run, [](Run&, Value&) -> Result<bool> { return false; });
    const Value of = call.self;
    if (!of.is(Kind::Dict))
        return generator(call.run,
                         [](Run&, Value&) -> Result<bool> { return failure("items needs a dict"); });
    LATHE_TRY(Iterator* const from,
              iterate(call.run, Value(call.run.make<View>(of.dict(), View::Part::Items))));
    return Value(from);
}

Result<Value> dictsort(const BuiltinCall& call) {
    if (call.self.isUndefined()) return undefinedError(call.self);
    if (!call.self.is(Kind::Dict)) return failure("dictsort needs a dict, not " + aValue(call.self));
    LATHE_TRY(const bool caseSensitive, call.truth(0, false));
    LATHE_TRY(const std::string_view by, call.text(1, "key"));
    LATHE_TRY(const bool backwards, call.truth(2, false));
    if (by != "key" && by != "value") return failure("dictsort sorts by \"key\" or by \"value\"");
    std::vector<Keyed> sorted;
    for (const Dict::Entry& entry : call.self.dict().entries()) {
        Value key = by == "key" ? entry.key : entry.value;
        if (!caseSensitive) {
            LATHE_TRY(key, withoutCase(call.run, key));
        }
        LATHE_TRY(const Value pair, call.run.tuple({entry.key, entry.value}));
        sorted.push_back({key, pair});
    }
    return sortedValues(call.run, std::move(sorted), backwards);
}

Result<Value> sort(const BuiltinCall& call) {
    LATHE_TRY(const bool backwards, call.truth(0, false));
    LATHE_TRY(const bool caseSensitive, call.truth(1, false));
    LATHE_TRY(const auto paths, AttributePath::severalOf(call.has(2) ? call[2] : Value::none()));
    LATHE_TRY(const std::vector<Value> values, elements(call.run, call.self));
    std::vector<Keyed> sorted;
    for (const Value& value : values) {
        std::vector<Value> keys;
        for (const AttributePath& path : paths) {
            LATHE_TRY(const Value key, keyIn(call.run, path, value, caseSensitive));
            keys.push_back(key);
        }
        LATHE_TRY(const Value key, call.run.list(std::move(keys)));
        sorted.push_back({key, value});
    }
    return sortedValues(call.run, std::move(sorted), backwards);
}

Result<Value> unique(const BuiltinCall& call) {
    LATHE_TRY(const bool caseSensitive, call.truth(0, false));
    LATHE_TRY(const AttributePath path, AttributePath::of(call.has(1) ? call[1] : Value::none()));
    return generator(call.run,
                     [caseSensitive, path, source = LazySource(call.self), seen = call.run.make<Dict>()](
                         Run& run, Value& item) mutable -> Result<bool> {
                         while (true) {
                             LATHE_TRY(const bool more, source.next(run, item));
                             if (!more) return false;
                             LATHE_TRY(const Value value, keyIn(run, path, item, caseSensitive));
                             LATHE_TRY(const DictKey key, Dict::keyOf(run, value));
                             if (seen->find(key)) continue;
                             LATHE_TRY_VOID(run.charge(sizeof(Dict::Entry)));
                             seen->set(key, value, Value::none());
                             return true;
                         }
                     });
}

template <bool largest>
Result<Value> extreme(const BuiltinCall& call) {
    LATHE_TRY(const bool caseSensitive, call.truth(0, false));
    LATHE_TRY(const AttributePath path, AttributePath::of(call.has(1) ? call[1] : Value::none()));
    LATHE_TRY(const std::vector<Value> values, elements(call.run, call.self));
    if (values.empty())
        return call.run.undefined("there is no smallest or largest item: the sequence is empty");
    Keyed best;
    for (const Value& value : values) {
        LATHE_TRY(const Value key, keyIn(call.run, path, value, caseSensitive));
        bool better = best.value.isMissing();
        if (!better) {
            LATHE_TRY(better, largest ? less(call.run, best.key, key) : less(call.run, key, best.key));
        }
        if (better) best = {key, value};
    }
    return best.value;
}

Result<Value> sum(const BuiltinCall& call) {
    LATHE_TRY(const AttributePath path, AttributePath::of(call.isNone(0) ? Value::none() : call[0]));
    Value total = call.has(1) ? call[1] : Value::integer(0);
    if (total.isString()) return failure("sum does not add texts: join does");
    LATHE_TRY(const std::vector<Value> values, elements(call.run, call.self));
    for (const Value& value : values) {
        LATHE_TRY(const Value part, path.in(call.run, value));
        LATHE_TRY(total, arithmetic(call.run, Operator::Add, total, part));
    }
    return total;
}

Result<Value> groupby(const BuiltinCall& call) {
    LATHE_TRY(const AttributePath path, AttributePath::of(call[0]));
    const Value fallback = call.isNone(1) ? Value() : call[1];
    LATHE_TRY(const bool caseSensitive, call.truth(2, false));
    LATHE_TRY(const std::vector<Value> values, elements(call.run, call.self));
    std::vector<Keyed> sorted;
    for (const Value& value : values) {
        LATHE_TRY(const Value key, keyIn(call.run, path, value, caseSensitive, fallback));
        sorted.push_back({key, value});
    }
    LATHE_TRY_VOID(sortByKey(call.run, sorted, false));
    std::vector<Value> groups;
    for (std::size_t i = 0; i < sorted.size();) {
        std::vector<Value> members;
        const std::size_t begin = i;
        for (; i < sorted.size(); ++i) {
            LATHE_TRY(const bool same, equal(call.run, sorted[begin].key, sorted[i].key));
            if (!same) break;
            members.push_back(sorted[i].value);
        }
        LATHE_TRY(const Value grouper, path.in(call.run, sorted[begin].value, fallback));
        LATHE_TRY(const Value list, call.run.list(std::move(members)));
        auto* const group =
            call.run.make<Sequence>(std::vector<Value>{caseSensitive ? sorted[begin].key : grouper, list});
        group->group = true;
        groups.push_back(Value::tuple(group));
    }
    return call.run.list(std::move(groups));
}

Result<Value> batch(const BuiltinCall& call) {
    LATHE_TRY(const int64_t count, call.integer(0, 0));
    const Value fill = call.isNone(1) ? Value() : call[1];
    return generator(call.run,
                     [count, fill, source = LazySource(call.self), row = std::vector<Value>()](
                         Run& run, Value& item) mutable -> Result<bool> {
                         for (Value one;;) {
                             LATHE_TRY(const bool more, source.next(run, one));
                             if (!more) break;
                             const bool full = static_cast<int64_t>(row.size()) == count;
                             if (full) {
                                 LATHE_TRY(item, run.list(std::exchange(row, {})));
                             }
                             row.push_back(one);
                             if (full) return true;
                         }
                         if (row.empty()) return false;
                         while (!fill.isMissing() && static_cast<int64_t>(row.size()) < count) {
                             LATHE_TRY_VOID(run.step());
                             row.push_back(fill);
                         }
                         LATHE_TRY(item, run.list(std::exchange(row, {})));
                         return true;
                     });
}

Result<Value> slice(const BuiltinCall& call) {
    LATHE_TRY(const int64_t slices, call.integer(0, 0));
    const Value fill = call.isNone(1) ? Value() : call[1];
    return generator(call.run,
                     [slices, fill, of = call.self, all = std::vector<Value>(), number = int64_t(-1),
                      begin = int64_t(0)](Run& run, Value& item) mutable -> Result<bool> {
                         if (number < 0) {
                             LATHE_TRY(all, elements(run, of));
                             if (slices == 0) return failure("slice needs a number of slices");
                             number = 0;
                         }
                         if (number >= slices) return false;
                         const auto size = static_cast<int64_t>(all.size());
                         const bool extra = number < size % slices;
                         const int64_t end = begin + size / slices + (extra ? 1 : 0);
                         std::vector<Value> part(all.begin() + begin, all.begin() + end);
                         LATHE_TRY_VOID(run.step(static_cast<int64_t>(part.size()) + 1));
                         if (!fill.isMissing() && !extra) part.push_back(fill);
                         begin = end;
                         ++number;
                         LATHE_TRY(item, run.list(std::move(part)));
                         return true;
                     });
}

}  // namespace

std::span<const Builtin> sequenceFilters() {
    static constexpr Builtin kFilters[] = {
        {"batch", "linecount fill_with", 1, batch},
        {"count", "", 0, length},
        {"d", "default_value boolean", 0, defaulted},
        {"default", "default_value boolean", 0, defaulted},
        {"dictsort", "case_sensitive by reverse", 0, dictsort},
        {"first", "", 0, first},
        {"groupby", "attribute default case_sensitive", 1, groupby},
        {"items", "", 0, items},
        {"last", "", 0, last},
        {"length", "", 0, length},
        {"list", "", 0, list},
        {"max", "case_sensitive attribute", 0, extreme<true>},
        {"min", "case_sensitive attribute", 0, extreme<false>},
        {"reverse", "", 0, reverse},
        {"slice", "slices fill_with", 1, slice},
        {"sort", "reverse case_sensitive attribute", 0, sort},
        {"sum", "attribute start", 0, sum},
        {"unique", "case_sensitive attribute", 0, unique},
    };
    return kFilters;
}

}  // namespace lathe::jinja
