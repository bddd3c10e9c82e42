// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/attribute_path.h"

#include <algorithm>
#include <charconv>

#include "core/tokenizer/jinja/values/lookup.h"
#include "core/tokenizer/jinja/values/python_text.h"

namespace lathe::jinja {

Result<AttributePath> AttributePath::parsed(std::string_view text) {
    AttributePath path;
    for (const std::string_view name : splitAt(text, ".", -1)) {
        Part part{std::string(name)};
        part.isIndex = !name.empty() &&
                       std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (part.isIndex &&
            std::from_chars(name.data(), name.data() + name.size(), part.index).ec != std::errc())
            return failure("the index " + part.name + " is too large");
        path.m_parts.push_back(std::move(part));
    }
    return path;
}

Result<AttributePath> AttributePath::of(const Value& attribute) {
    if (attribute.isMissing() || attribute.isNone()) return AttributePath();
    if (attribute.isString()) return parsed(attribute.bytes());
    if (!attribute.isIntegral()) return failure("an attribute is a name or a number");
    AttributePath path;
    path.m_parts.push_back({"", attribute.integer(), true});
    return path;
}

Result<std::vector<AttributePath>> AttributePath::severalOf(const Value& attribute) {
    std::vector<AttributePath> paths;
    if (!attribute.isString()) {
        LATHE_TRY(AttributePath path, of(attribute));
        paths.push_back(std::move(path));
        return paths;
    }
    for (const std::string_view text : splitAt(attribute.bytes(), ",", -1)) {
        LATHE_TRY(AttributePath path, parsed(text));
        paths.push_back(std::move(path));
    }
    return paths;
}

Result<Value> AttributePath::in(Run& run, const Value& value, const Value& fallback) const {
    Value found = value;
    for (const Part& part : m_parts) {
        LATHE_TRY_VOID(run.step());
        Value key = Value::integer(part.index);
        if (!part.isIndex) {
            LATHE_TRY(key, run.text(part.name));
        }
        LATHE_TRY(found, itemOf(run, found, key));
        if (found.isUndefined() && !fallback.isMissing()) found = fallback;
    }
    return found;
}

Result<Value> withoutCase(Run& run, const Value& value) {
    if (!value.isString()) return value;
    LATHE_TRY_VOID(run.stepBytes(value.bytes().size()));
    return run.text(lowerCase(value.bytes()));
}

}  // namespace lathe::jinja
