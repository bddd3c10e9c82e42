// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/attribute_path.h"
#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/lookup.h"
#include "core/tokenizer/jinja/values/operators.h"

namespace lathe::jinja {
namespace {

/// A filter or a test by the name in the first argument, and the arguments after it.
struct Named {
    const Builtin* builtin = nullptr;
    Arguments arguments;
};

Result<Named> namedBuiltin(const Arguments& all, std::size_t at, bool filter) {
    Named named;
    const Value& name = all.positional[at];
    const std::string kind = filter ? "filter" : "test";
    if (name.isUndefined()) return failure("the name of a " + kind + " is undefined: it needs quotes");
    if (!name.isString()) return failure("the name of a " + kind + " is text, not " + aValue(name));
    named.builtin = filter ? findFilter(name.bytes()) : findTest(name.bytes());
    if (!named.builtin)
        return Error{ErrorCode::Unsupported,
                     "the " + kind + " \"" + std::string(name.bytes()) + "\" is not supported", "", ""};
    named.arguments.positional.assign(all.positional.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                      all.positional.end());
    named.arguments.named = all.named;
    return named;
}

/// What `map` does to each element.
struct Mapping {
    bool byAttribute = false;
    AttributePath path;
    Value fallback;
    Named filter;

    static Result<Mapping> of(const Arguments& all) {
        Mapping mapping;
        Arguments rest = all;
        const Value attribute = all.positional.empty() ? rest.take("attribute") : Value();
        mapping.byAttribute = !attribute.isMissing();
        if (mapping.byAttribute) {
            mapping.fallback = rest.take("default");
            if (mapping.fallback.isNone()) mapping.fallback = Value();
            if (!rest.named.empty())
                return failure("map has no argument \"" + rest.named.front().first + "\"");
            LATHE_TRY(mapping.path, AttributePath::of(attribute));
            return mapping;
        }
        if (all.positional.empty()) return failure("map needs the name of a filter, or attribute=…");
        LATHE_TRY(mapping.filter, namedBuiltin(all, 0, true));
        return mapping;
    }

    Result<Value> apply(Run& run, const Value& item) const {
        return byAttribute ? path.in(run, item, fallback)
                           : callBuiltin(run, *filter.builtin, item, filter.arguments);
    }
};

/// What `select` and its kin look at.
struct Selection {
    AttributePath path;
    Named test;  ///< without one the value's own truth counts

    static Result<Selection> of(const Arguments& all, bool byAttribute) {
        Selection selection;
        if (byAttribute) {
            if (all.positional.empty())
                return failure("selectattr and rejectattr need the name of an attribute");
            LATHE_TRY(selection.path, AttributePath::of(all.positional[0]));
        }
        if (all.positional.size() > (byAttribute ? 1 : 0)) {
            LATHE_TRY(selection.test, namedBuiltin(all, byAttribute ? 1 : 0, false));
        }
        return selection;
    }

    Result<bool> chooses(Run& run, const Value& item) const {
        LATHE_TRY(Value value, path.in(run, item));
        if (test.builtin) {
            LATHE_TRY(value, callBuiltin(run, *test.builtin, value, test.arguments));
        }
        return truth(run, value);
    }
};

Result<Value> map(const BuiltinCall& call) {
    return generator(call.run,
                     [source = LazySource(call.self), all = *call.all, mapping = std::optional<Mapping>(),
                      done = false](Run& run, Value& item) mutable -> Result<bool> {
                         if (done) return false;
                         if (!mapping) {
                             LATHE_TRY(const bool some, truth(run, source.from()));
                             done = !some;
                             if (done) return false;
                             LATHE_TRY(mapping, Mapping::of(all));
                         }
                         LATHE_TRY(const bool more, source.next(run, item));
                         if (!more) return false;
                         LATHE_TRY(item, mapping->apply(run, item));
                         return true;
                     });
}

template <bool selects, bool byAttribute>
Result<Value> choose(const BuiltinCall& call) {
    return generator(call.run,
                     [source = LazySource(call.self), all = *call.all, selection = std::optional<Selection>(),
                      done = false](Run& run, Value& item) mutable -> Result<bool> {
                         if (done) return false;
                         if (!selection) {
                             LATHE_TRY(const bool some, truth(run, source.from()));
                             done = !some;
                             if (done) return false;
                             LATHE_TRY(selection, Selection::of(all, byAttribute));
                         }
                         while (true) {
                             LATHE_TRY(const bool more, source.next(run, item));
                             if (!more) return false;
                             LATHE_TRY(const bool chosen, selection->chooses(run, item));
                             if (chosen == selects) return true;
                         }
                     });
}

Result<Value> attr(const BuiltinCall& call) {
    LATHE_TRY(const std::string_view name, call.text(0));
    LATHE_TRY(const Value found, pythonAttribute(call.run, call.self, name));
    return found.isMissing() ? call.run.undefinedItem(call.self, std::string(name)) : found;
}

}  // namespace

std::span<const Builtin> selectionFilters() {
    static constexpr Builtin kFilters[] = {
        {"attr", "name", 1, attr},
        {"map", "*", 0, map},
        {"reject", "*", 0, choose<false, false>},
        {"rejectattr", "*", 0, choose<false, true>},
        {"select", "*", 0, choose<true, false>},
        {"selectattr", "*", 0, choose<true, true>},
    };
    return kFilters;
}

}  // namespace lathe::jinja
