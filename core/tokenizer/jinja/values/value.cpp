// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/value.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/tokenizer/jinja/values/run.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::jinja {
namespace {

constexpr std::size_t kSearchedInOrder = 8;  ///< entries of a dict up to which no table is built

/// Appends the spelling of a key that is not text.
Result<void> spell(Run& run, const Value& key, std::string& out) {
    LATHE_TRY_VOID(run.step());
    switch (key.kind()) {
        case Kind::None:
            out += "n;";
            return {};
        case Kind::Boolean:
        case Kind::Integer:
            out += "i" + std::to_string(key.integer()) + ";";
            return {};
        case Kind::Float: {
            const double number = key.number();
            if (std::nearbyint(number) == number && std::fabs(number) < 9.2e18)
                out += "i" + std::to_string(static_cast<int64_t>(number)) + ";";
            else
                out += "f" + std::to_string(std::bit_cast<uint64_t>(number)) + ";";
            return {};
        }
        case Kind::String:
            LATHE_TRY_VOID(run.charge(key.bytes().size()));
            out += "s" + std::to_string(key.bytes().size()) + ":";
            out += key.bytes();
            return {};
        case Kind::Tuple: {
            const Run::Nesting nesting(run);
            LATHE_TRY_VOID(nesting.check());
            out += "(";
            for (const Value& item : key.items()) LATHE_TRY_VOID(spell(run, item, out));
            out += ")";
            return {};
        }
        case Kind::Undefined:
            out += "u;";
            return {};
        case Kind::List:
        case Kind::Dict:
        case Kind::View:
            return failure(aValue(key) + " cannot be a key of a dict");
        default:
            out += "p" + std::to_string(reinterpret_cast<uintptr_t>(key.address())) + ";";
            return {};
    }
}

}  // namespace

Value Value::boolean(bool value) {
    Value made(Kind::Boolean);
    made.m_state.integer = value;
    return made;
}

Value Value::integer(int64_t value) {
    Value made(Kind::Integer);
    made.m_state.integer = value;
    return made;
}

Value Value::number(double value) {
    Value made(Kind::Float);
    made.m_state.number = value;
    return made;
}

Value Value::undefined(const std::string* name, Kind of) {
    Value made(Kind::Undefined);
    made.m_state.name = name;
    made.m_of = of;
    return made;
}

Value Value::undefinedBecause(const std::string* hint) {
    Value made = undefined(hint);
    made.m_hint = true;
    return made;
}

std::string_view Value::bytes() const {
    return m_state.text->bytes;
}

const std::vector<Value>& Value::items() const {
    return m_state.sequence->items;
}

std::string Value::undefinedMessage() const {
    if (m_hint) return *m_state.name;
    if (m_of == Kind::Missing) return "\"" + *m_state.name + "\" is undefined";
    Value of(m_of);
    const char* const type = m_of == Kind::Native ? "object" : lathe::jinja::typeName(of);
    return std::string("the ") + type + " has no \"" + *m_state.name + "\"";
}

bool Value::same(const Value& other) const {
    if (m_kind != other.m_kind) return false;
    if (m_kind == Kind::None || m_kind == Kind::Missing) return true;
    if (m_kind == Kind::Undefined) return m_state.name == other.m_state.name && m_of == other.m_of;
    if (m_kind == Kind::Float) return m_state.number == other.m_state.number;
    if (m_kind == Kind::String) return m_state.text == other.m_state.text || bytes() == other.bytes();
    return m_state.integer == other.m_state.integer;
}

const void* Value::address() const {
    const bool scalar =
        m_kind == Kind::Missing || m_kind == Kind::Undefined || m_kind == Kind::None || isNumber();
    return scalar ? nullptr : static_cast<const void*>(m_state.text);
}

Text::Text(std::string text, bool safe)
    : bytes(std::move(text)),
      length(static_cast<std::size_t>(
          std::count_if(bytes.begin(), bytes.end(), [](char byte) { return !tok::isContinuation(byte); }))),
      markup(safe) {
}

Result<DictKey> Dict::keyOf(Run& run, const Value& key) {
    DictKey found;
    found.text = key.isString();
    if (found.text)
        found.bytes = key.bytes();
    else
        LATHE_TRY_VOID(spell(run, key, found.spelling));
    return found;
}

const Value* Dict::find(std::string_view text) const {
    if (m_texts.empty()) {
        for (const Entry& entry : m_entries)
            if (entry.key.isString() && entry.key.bytes() == text) return &entry.value;
        return nullptr;
    }
    const auto at = m_texts.find(text);
    return at == m_texts.end() ? nullptr : &m_entries[at->second].value;
}

const Value* Dict::find(const DictKey& key) const {
    if (key.text) return find(key.bytes);
    const auto at = m_others.find(key.spelling);
    return at == m_others.end() ? nullptr : &m_entries[at->second].value;
}

void Dict::set(const DictKey& found, const Value& key, const Value& value) {
    if (const Value* const old = find(found)) {
        *const_cast<Value*>(old) = value;
        return;
    }
    if (!found.text) m_others.emplace(found.spelling, m_entries.size());
    m_entries.push_back({key, value});
    if (m_entries.size() <= kSearchedInOrder) return;
    for (std::size_t i = m_texts.empty() ? 0 : m_entries.size() - 1; i < m_entries.size(); ++i)
        if (m_entries[i].key.isString()) m_texts.emplace(m_entries[i].key.bytes(), i);
}

Value Arguments::take(std::string_view name) {
    for (std::size_t i = 0; i < named.size(); ++i) {
        if (named[i].first != name) continue;
        const Value value = named[i].second;
        named.erase(named.begin() + static_cast<std::ptrdiff_t>(i));
        return value;
    }
    return {};
}

Result<Value> Native::attribute(Run&, std::string_view) {
    return Value();
}

Result<Value> Native::call(Run&, Arguments) {
    return failure(std::string("a ") + typeName() + " cannot be called");
}

Result<std::string> Native::shown(Run&) {
    return failure(std::string("a ") + typeName() +
                   " is printed, which shows an address that is never the same");
}

const char* typeName(const Value& value) {
    switch (value.kind()) {
        case Kind::Missing:
        case Kind::Undefined:
            return "undefined value";
        case Kind::None:
            return "None";
        case Kind::Boolean:
            return "bool";
        case Kind::Integer:
            return "int";
        case Kind::Float:
            return "float";
        case Kind::String:
            return "str";
        case Kind::List:
            return "list";
        case Kind::Tuple:
            return "tuple";
        case Kind::Dict:
            return "dict";
        case Kind::Range:
            return "range";
        case Kind::View:
            return "dict view";
        case Kind::Iterator:
            return "generator";
        case Kind::Native:
            return value.native().typeName();
    }
    return "value";
}

std::string aValue(const Value& value) {
    if (value.isNone()) return "None";
    const char* const name = typeName(value);
    return (std::string_view("aeiou").find(name[0]) == std::string_view::npos ? "a " : "an ") +
           std::string(name);
}

Error failure(std::string message, std::string hint) {
    return Error{ErrorCode::DataInvalid, std::move(message), "", std::move(hint)};
}

Error undefinedError(const Value& value) {
    return failure(value.undefinedMessage());
}

}  // namespace lathe::jinja
