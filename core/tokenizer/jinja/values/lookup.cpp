// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/lookup.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/characters.h"

namespace lathe::jinja {
namespace {

/// A method together with the value it belongs to.
struct Method : Native {
    Method(const Builtin& function, const Value& value) : builtin(function), self(value) {}
    bool callable() const override { return true; }
    Result<Value> call(Run& run, Arguments arguments) override {
        return callBuiltin(run, builtin, self, arguments);
    }
    const char* typeName() const override { return "method"; }
    const Builtin& builtin;
    const Value self;
};

std::span<const Builtin> methodsOf(const Value& value) {
    return value.isString() ? stringMethods() : containerMethods(value.kind());
}

bool changes(const Value& value, std::string_view name) {
    static constexpr std::array<std::string_view, 5> kDict = {"clear", "pop", "popitem", "setdefault",
                                                              "update"};
    static constexpr std::array<std::string_view, 8> kList = {"append", "clear", "pop",    "reverse",
                                                              "insert", "sort",  "extend", "remove"};
    if (value.is(Kind::Dict)) return std::find(kDict.begin(), kDict.end(), name) != kDict.end();
    return value.is(Kind::List) && std::find(kList.begin(), kList.end(), name) != kList.end();
}

Value numberAttribute(const Value& value, std::string_view name) {
    if (name == "real") return value.is(Kind::Float) ? value : Value::integer(value.integer());
    if (name == "imag") return value.is(Kind::Float) ? Value::number(0) : Value::integer(0);
    if (value.isIntegral() && name == "numerator") return Value::integer(value.integer());
    if (value.isIntegral() && name == "denominator") return Value::integer(1);
    return Value();
}

/// The index as Python counts it, from the end when negative; none when it is outside.
std::optional<std::size_t> indexIn(int64_t index, std::size_t size) {
    const auto count = static_cast<int64_t>(size);
    if (index < 0) index += count;
    if (index < 0 || index >= count) return std::nullopt;
    return static_cast<std::size_t>(index);
}

/// What Python's value[key] gives; Missing where it raises a LookupError or a TypeError.
Result<Value> pythonItem(Run& run, const Value& value, const Value& key) {
    if (value.is(Kind::Dict)) {
        const auto found = Dict::keyOf(run, key);
        if (!found.ok()) return Value();
        const Value* const item = value.dict().find(found.value());
        return item ? *item : Value();
    }
    if (!key.isIntegral()) return Value();
    if (value.isSequence()) {
        const auto index = indexIn(key.integer(), value.items().size());
        return index ? value.items()[*index] : Value();
    }
    if (value.is(Kind::Range)) {
        const auto index = indexIn(key.integer(), static_cast<std::size_t>(value.range().length));
        return index ? Value::integer(value.range().at(static_cast<int64_t>(*index))) : Value();
    }
    if (!value.isString()) return Value();
    const auto index = indexIn(key.integer(), value.text().length);
    if (!index) return Value();
    const std::string_view text = value.bytes();
    if (!value.text().ascii()) LATHE_TRY_VOID(run.stepBytes(text.size()));
    const std::size_t begin = value.text().ascii() ? *index : byteAt(text, *index);
    std::size_t end = begin;
    (void)tok::nextCodePoint(text, end);
    return run.text(std::string(text.substr(begin, end - begin)), value.text().markup);
}

struct Bounds {
    int64_t start, stop, step, count;
};

Result<std::optional<int64_t>> bound(const Value& value) {
    if (value.isMissing() || value.isNone()) return std::optional<int64_t>();
    if (!value.isIntegral()) return failure("a slice needs integers or None, not " + aValue(value));
    return std::optional<int64_t>(value.integer());
}

/// As PySlice_AdjustIndices.
Result<Bounds> boundsOf(int64_t length, const Value& start, const Value& stop, const Value& step) {
    LATHE_TRY(const auto by, bound(step));
    LATHE_TRY(const auto from, bound(start));
    LATHE_TRY(const auto to, bound(stop));
    Bounds made{0, 0, by.value_or(1), 0};
    if (made.step == 0) return failure("a slice cannot have the step 0");
    made.step = std::max(made.step, -std::numeric_limits<int64_t>::max());
    const bool backwards = made.step < 0;
    const int64_t least = backwards ? -1 : 0, most = backwards ? length - 1 : length;
    const auto clamped = [&](int64_t index) {
        if (index < 0) return std::max(index + length, least);
        return std::min(index, most);
    };
    made.start = from ? clamped(*from) : backwards ? most : least;
    made.stop = to ? clamped(*to) : backwards ? least : most;
    if (backwards ? made.stop < made.start : made.start < made.stop)
        made.count = backwards ? (made.start - made.stop - 1) / -made.step + 1
                               : (made.stop - made.start - 1) / made.step + 1;
    return made;
}

Result<Value> sliceOfText(Run& run, const Value& value, const Bounds& bounds) {
    const std::string_view text = value.bytes();
    LATHE_TRY_VOID(run.stepBytes(text.size()));
    std::string made;
    if (bounds.step == 1) {
        const auto first = static_cast<std::size_t>(bounds.start),
                   count = static_cast<std::size_t>(bounds.count);
        const std::size_t begin = value.text().ascii() ? first : byteAt(text, first);
        made = text.substr(begin, value.text().ascii() ? count : byteAt(text.substr(begin), count));
    } else if (value.text().ascii()) {
        for (int64_t i = 0; i < bounds.count; ++i)
            made += text[static_cast<std::size_t>(bounds.start + i * bounds.step)];
    } else {
        LATHE_TRY_VOID(run.afford(value.text().length, sizeof(char32_t)));
        std::u32string characters;
        for (std::size_t at = 0; at < text.size();) characters += tok::nextCodePoint(text, at);
        for (int64_t i = 0; i < bounds.count; ++i)
            tok::appendCodePoint(made, characters[static_cast<std::size_t>(bounds.start + i * bounds.step)]);
    }
    return run.text(std::move(made), value.text().markup);
}

Result<Value> sliceOfRange(Run& run, const Range& range, const Bounds& bounds) {
    int64_t start = 0, stop = 0, step = 0;
    const bool large = __builtin_mul_overflow(bounds.start, range.step, &start) ||
                       __builtin_add_overflow(start, range.start, &start) ||
                       __builtin_mul_overflow(bounds.stop, range.step, &stop) ||
                       __builtin_add_overflow(stop, range.start, &stop) ||
                       __builtin_mul_overflow(range.step, bounds.step, &step);
    if (large) return failure("a slice of a range with more than 64 bits");
    return Value(run.make<Range>(start, stop, step, bounds.count));
}

Result<Value> attributeOrItem(Run& run, const Value& value, std::string_view name) {
    LATHE_TRY(const Value attribute, pythonAttribute(run, value, name));
    if (!attribute.isMissing()) return attribute;
    if (value.is(Kind::Dict))
        if (const Value* const item = value.dict().find(name)) return *item;
    return Value();
}

}  // namespace

Result<Value> pythonAttribute(Run& run, const Value& value, std::string_view name) {
    if (value.isUndefined()) return undefinedError(value);
    if (name.starts_with("__") && name.ends_with("__"))
        return run.undefined("the attribute " + std::string(name) + " of " + aValue(value) +
                             " is not open to templates");
    if (changes(value, name))
        return run.undefined("a template cannot change a " + std::string(typeName(value)) + ": " +
                             std::string(name) + " is not open to it");
    if (value.is(Kind::Native)) return value.native().attribute(run, name);
    if (value.isNumber())
        if (const Value part = numberAttribute(value, name); !part.isMissing()) return part;
    if (value.is(Kind::Range)) {
        if (name == "start") return Value::integer(value.range().start);
        if (name == "stop") return Value::integer(value.range().stop);
        if (name == "step") return Value::integer(value.range().step);
    }
    if (value.is(Kind::Tuple) && value.sequence().group) {
        if (name == "grouper") return value.items()[0];
        if (name == "list") return value.items()[1];
    }
    const Builtin* const method = findBuiltin(methodsOf(value), name);
    return method ? Value(static_cast<Native*>(run.make<Method>(*method, value))) : Value();
}

Result<Value> attributeOf(Run& run, const Value& value, const std::string* name) {
    LATHE_TRY(const Value found, attributeOrItem(run, value, *name));
    return found.isMissing() ? Value::undefined(name, value.kind()) : found;
}

Result<Value> attributeOf(Run& run, const Value& value, std::string_view name) {
    LATHE_TRY(const Value found, attributeOrItem(run, value, name));
    return found.isMissing() ? run.undefinedItem(value, std::string(name)) : found;
}

Result<Value> itemOf(Run& run, const Value& value, const Value& key) {
    if (value.isUndefined()) return undefinedError(value);
    LATHE_TRY(const Value item, pythonItem(run, value, key));
    if (!item.isMissing()) return item;
    if (key.isString()) {
        LATHE_TRY(const Value attribute, pythonAttribute(run, value, key.bytes()));
        return attribute.isMissing() ? run.undefinedItem(value, std::string(key.bytes())) : attribute;
    }
    return run.undefinedItem(value, key.isIntegral() ? std::to_string(key.integer()) : "[…]");
}

Result<Value> sliceOf(Run& run, const Value& value, const Value& start, const Value& stop,
                      const Value& step) {
    if (value.isUndefined()) return undefinedError(value);
    const int64_t length = value.isString()        ? static_cast<int64_t>(value.text().length)
                           : value.isSequence()    ? static_cast<int64_t>(value.items().size())
                           : value.is(Kind::Range) ? value.range().length
                                                   : -1;
    if (length < 0) return failure(aValue(value) + " has no slices");
    LATHE_TRY(const Bounds bounds, boundsOf(length, start, stop, step));
    if (value.isString()) return sliceOfText(run, value, bounds);
    if (value.is(Kind::Range)) return sliceOfRange(run, value.range(), bounds);
    LATHE_TRY_VOID(run.step(bounds.count));
    std::vector<Value> items;
    items.reserve(static_cast<std::size_t>(bounds.count));
    for (int64_t i = 0; i < bounds.count; ++i)
        items.push_back(value.items()[static_cast<std::size_t>(bounds.start + i * bounds.step)]);
    return value.is(Kind::List) ? run.list(std::move(items)) : run.tuple(std::move(items));
}

}  // namespace lathe::jinja
