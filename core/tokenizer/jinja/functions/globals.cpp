// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/functions/globals.h"

#include <algorithm>
#include <array>

#include "core/tokenizer/jinja/functions/date_text.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/native_function.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

using Body = Result<Value> (*)(Run& run, const Arguments& arguments);

struct GlobalFunction : Native {
    GlobalFunction(const char* of, Body function) : name(of), body(function) {}
    bool callable() const override { return true; }
    Result<Value> call(Run& run, Arguments arguments) override { return body(run, arguments); }
    Result<Value> attribute(Run&, std::string_view attribute) override {
        if (std::string_view(name) == "dict" && attribute == "fromkeys")
            return Error{ErrorCode::Unsupported, "dict.fromkeys is not supported", "", ""};
        return Value();
    }
    const char* typeName() const override { return "function"; }
    const char* const name;
    const Body body;
};

struct Cycler : Native {
    explicit Cycler(std::vector<Value> values) : items(std::move(values)) {}
    Result<Value> attribute(Run& run, std::string_view name) override {
        if (name == "current") return items[at];
        if (name == "pos") return Value::integer(static_cast<int64_t>(at));
        if (name == "items") return run.tuple(items);
        if (name == "next")
            return nativeFunction(run, [this](Run&, const Arguments&) -> Result<Value> {
                const Value now = items[at];
                at = (at + 1) % items.size();
                return now;
            });
        if (name == "reset")
            return nativeFunction(run, [this](Run&, const Arguments&) -> Result<Value> {
                at = 0;
                return Value::none();
            });
        return Value();
    }
    const char* typeName() const override { return "cycler"; }
    const std::vector<Value> items;
    std::size_t at = 0;
};

struct Joiner : Native {
    explicit Joiner(Value text) : separator(text) {}
    bool callable() const override { return true; }
    Result<Value> call(Run& run, Arguments arguments) override {
        if (!arguments.positional.empty() || !arguments.named.empty())
            return failure("a joiner takes no arguments");
        if (std::exchange(used, true)) return separator;
        return run.text("");
    }
    const char* typeName() const override { return "joiner"; }
    const Value separator;
    bool used = false;
};

Result<Value> range(Run& run, const Arguments& arguments) {
    const auto& given = arguments.positional;
    if (given.empty() || given.size() > 3 || !arguments.named.empty())
        return failure("range takes one to three integers");
    for (const Value& value : given) {
        if (value.isUndefined()) return undefinedError(value);
        if (!value.isIntegral()) return failure("range needs integers, not " + aValue(value));
    }
    const int64_t start = given.size() > 1 ? given[0].integer() : 0;
    const int64_t stop = given.size() > 1 ? given[1].integer() : given[0].integer();
    const int64_t step = given.size() > 2 ? given[2].integer() : 1;
    if (step == 0) return failure("range cannot have the step 0");
    const uint64_t low = static_cast<uint64_t>(step > 0 ? start : stop);
    const uint64_t high = static_cast<uint64_t>(step > 0 ? stop : start);
    const uint64_t size = step > 0 ? static_cast<uint64_t>(step) : ~static_cast<uint64_t>(step) + 1;
    const uint64_t length = (step > 0 ? start < stop : stop < start) ? (high - low - 1) / size + 1 : 0;
    if (length > static_cast<uint64_t>(run.limits().range))
        return failure("a range of more than " + std::to_string(run.limits().range) + " elements");
    return Value(run.make<Range>(start, stop, step, static_cast<int64_t>(length)));
}

Result<void> put(Run& run, Dict& dict, const Value& key, const Value& value) {
    LATHE_TRY_VOID(run.step());
    LATHE_TRY_VOID(run.charge(sizeof(Dict::Entry)));
    LATHE_TRY(const DictKey found, Dict::keyOf(run, key));
    dict.set(found, key, value);
    return {};
}

/// As Python's dict(mapping or pairs, **named).
Result<void> fill(Run& run, Dict& dict, const Arguments& arguments) {
    if (arguments.positional.size() > 1) return failure("dict takes at most one mapping");
    if (!arguments.positional.empty()) {
        const Value& from = arguments.positional[0];
        const Value pairs =
            from.is(Kind::Dict) ? Value(run.make<View>(from.dict(), View::Part::Items)) : from;
        LATHE_TRY(const std::vector<Value> items, elements(run, pairs));
        for (const Value& item : items) {
            LATHE_TRY(const std::vector<Value> pair, elements(run, item));
            if (pair.size() != 2) return failure("dict needs pairs of a key and a value");
            LATHE_TRY_VOID(put(run, dict, pair[0], pair[1]));
        }
    }
    for (const auto& [name, value] : arguments.named) {
        LATHE_TRY(const Value key, run.text(name));
        LATHE_TRY_VOID(put(run, dict, key, value));
    }
    return {};
}

Result<Value> dict(Run& run, const Arguments& arguments) {
    Dict* const made = run.make<Dict>();
    LATHE_TRY_VOID(fill(run, *made, arguments));
    return Value(made);
}

Result<Value> makeNamespace(Run& run, const Arguments& arguments) {
    Dict* const fields = run.make<Dict>();
    LATHE_TRY_VOID(fill(run, *fields, arguments));
    auto* const made = run.make<Namespace>();
    for (const Dict::Entry& entry : fields->entries()) LATHE_TRY_VOID(made->set(run, entry.key, entry.value));
    return Value(static_cast<Native*>(made));
}

Result<Value> cycler(Run& run, const Arguments& arguments) {
    if (arguments.positional.empty() || !arguments.named.empty())
        return failure("cycler needs at least one item");
    return Value(static_cast<Native*>(run.make<Cycler>(arguments.positional)));
}

Result<Value> joiner(Run& run, const Arguments& arguments) {
    Arguments rest = arguments;
    Value separator = rest.take("sep");
    if (separator.isMissing() && rest.positional.size() == 1) {
        separator = rest.positional[0];
        rest.positional.clear();
    }
    if (!rest.positional.empty() || !rest.named.empty()) return failure("joiner takes one separator");
    if (separator.isMissing()) {
        LATHE_TRY(separator, run.text(", "));
    }
    return Value(static_cast<Native*>(run.make<Joiner>(separator)));
}

/// The one argument of a function, by place or by name.
Result<Value> only(const char* function, const char* name, const Arguments& arguments) {
    Arguments rest = arguments;
    Value value = rest.take(name);
    if (value.isMissing() && rest.positional.size() == 1) {
        value = rest.positional[0];
        rest.positional.clear();
    }
    if (value.isMissing() || !rest.positional.empty() || !rest.named.empty())
        return failure(std::string(function) + " takes one argument");
    return value;
}

Result<Value> raiseException(Run& run, const Arguments& arguments) {
    LATHE_TRY(const Value message, only("raise_exception", "message", arguments));
    LATHE_TRY(const std::string text, shown(run, message));
    return failure(text.empty() ? "the template raises an exception" : text);
}

Result<Value> strftimeNow(Run& run, const Arguments& arguments) {
    LATHE_TRY(const Value format, only("strftime_now", "format", arguments));
    if (!format.isString()) return failure("strftime_now needs text, not " + aValue(format));
    LATHE_TRY(std::string text, dateText(run.now(), format.bytes()));
    return run.text(std::move(text));
}

Result<Value> lipsum(Run&, const Arguments&) {
    return Error{ErrorCode::Unsupported, "the function \"lipsum\" is not supported", "", ""};
}

}  // namespace

Result<Value> Namespace::attribute(Run&, std::string_view name) {
    const Value* const field = fields.find(name);
    return field ? *field : Value();
}

Result<std::string> Namespace::shown(Run& run) {
    LATHE_TRY(const std::string inside, jinja::shown(run, Value(&fields)));
    return "<Namespace " + inside + ">";
}

Result<void> Namespace::set(Run& run, const Value& name, const Value& value) {
    if (name.isString() && name.bytes().starts_with('_'))
        return failure("a namespace cannot have the attribute " + std::string(name.bytes()) +
                       ", which begins with \"_\"");
    LATHE_TRY(const DictKey key, Dict::keyOf(run, name));
    LATHE_TRY_VOID(run.charge(sizeof(Dict::Entry)));
    fields.set(key, name, value);
    return {};
}

Value globalFunction(Run& run, std::string_view name) {
    static constexpr std::array<std::pair<const char*, Body>, 8> kFunctions = {
        {{"range", range},
         {"dict", dict},
         {"namespace", makeNamespace},
         {"cycler", cycler},
         {"joiner", joiner},
         {"lipsum", lipsum},
         {"raise_exception", raiseException},
         {"strftime_now", strftimeNow}}};
    const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                           [&](const auto& one) { return name == one.first; });
    if (found == kFunctions.end()) return {};
    return Value(static_cast<Native*>(run.make<GlobalFunction>(found->first, found->second)));
}

}  // namespace lathe::jinja
