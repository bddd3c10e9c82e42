// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/field.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace lathe {
namespace {

std::string numberText(double value) {
    std::ostringstream text;
    text.precision(12);
    text << value;
    return text.str();
}

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return text;
}

std::string rangeText(const Field& field) {
    if (field.min && field.max) return " from " + numberText(*field.min) + " to " + numberText(*field.max);
    if (field.min) return " of " + numberText(*field.min) + " or more";
    if (field.max) return " up to " + numberText(*field.max);
    return "";
}

bool fitsKind(FieldKind kind, const FieldValue& value) {
    switch (kind) {
        case FieldKind::Bool:
            return std::holds_alternative<bool>(value);
        case FieldKind::Integer:
            return std::holds_alternative<int64_t>(value);
        case FieldKind::Number:
            return std::holds_alternative<double>(value);
        case FieldKind::Text:
        case FieldKind::Path:
        case FieldKind::Choice:
            return std::holds_alternative<std::string>(value);
        case FieldKind::NameList:
            return std::holds_alternative<std::vector<std::string>>(value);
        case FieldKind::NameMap:
            return std::holds_alternative<NamedTexts>(value);
        case FieldKind::RewardList:
            return std::holds_alternative<std::vector<NamedTexts>>(value);
    }
    return false;
}

template <class T>
std::optional<FieldValue> numberOf(const std::string& text) {
    T value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return FieldValue(value);
}

OrderedJson jsonOf(const NamedTexts& map) {
    OrderedJson object = OrderedJson::object();
    for (const auto& [name, text] : map) object[name] = text;
    return object;
}

/// The value of `key`, null when it is absent or left to the program.
const FieldValue* given(const Settings& settings, const std::string& key) {
    const auto it = settings.find(key);
    if (it == settings.end() || std::holds_alternative<std::monostate>(it->second)) return nullptr;
    return &it->second;
}

template <class T>
T settingAs(const Settings& settings, const std::string& key, T fallback) {
    const FieldValue* value = given(settings, key);
    if (!value) return fallback;
    LATHE_CHECK(std::holds_alternative<T>(*value));
    return std::get<T>(*value);
}

}  // namespace

const char* fieldKindName(FieldKind kind) {
    switch (kind) {
        case FieldKind::Bool:
            return "bool";
        case FieldKind::Integer:
            return "integer";
        case FieldKind::Number:
            return "number";
        case FieldKind::Text:
            return "text";
        case FieldKind::Path:
            return "path";
        case FieldKind::Choice:
            return "choice";
        case FieldKind::NameList:
            return "list";
        case FieldKind::NameMap:
            return "map";
        case FieldKind::RewardList:
            return "rewards";
    }
    return "text";
}

std::string allowedText(const Field& field) {
    switch (field.kind) {
        case FieldKind::Bool:
            return "true or false";
        case FieldKind::Integer:
            return "a whole number" + rangeText(field);
        case FieldKind::Number:
            return "a number" + rangeText(field);
        case FieldKind::Text:
            return "a text";
        case FieldKind::Path:
            return "a path";
        case FieldKind::Choice:
            return "one of " + joined(field.choices);
        case FieldKind::NameList:
            return "a name, a regular expression or a list of names";
        case FieldKind::NameMap:
            return "a map of names";
        case FieldKind::RewardList:
            return "a rule's name, {rule: NAME, …}, {model: RUN}, or a list of them";
    }
    return "";
}

std::optional<std::string> fieldFault(const Field& field, const FieldValue& value) {
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    if (!fitsKind(field.kind, value)) return "must be " + allowedText(field);
    if (field.kind == FieldKind::Choice) {
        const auto& text = std::get<std::string>(value);
        if (std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end())
            return "\"" + text + "\" is not known; must be " + allowedText(field);
    }
    if (field.kind == FieldKind::Integer || field.kind == FieldKind::Number) {
        const double number = field.kind == FieldKind::Integer ? static_cast<double>(std::get<int64_t>(value))
                                                               : std::get<double>(value);
        const bool inside = std::isfinite(number) && (!field.min || number >= *field.min) &&
                            (!field.max || number <= *field.max);
        if (!inside) return numberText(number) + " is out of range; must be " + allowedText(field);
    }
    return std::nullopt;
}

bool fitsType(const Field& field, const FieldValue& value) {
    if (std::holds_alternative<std::monostate>(value))
        return std::holds_alternative<std::monostate>(field.fallback);
    return fitsKind(field.kind, value);
}

std::optional<FieldValue> fieldValueOf(const std::string& text, FieldKind kind) {
    switch (kind) {
        case FieldKind::Bool:
            if (text == "true") return FieldValue(true);
            if (text == "false") return FieldValue(false);
            return std::nullopt;
        case FieldKind::Integer:
            return numberOf<int64_t>(text);
        case FieldKind::Number:
            return numberOf<double>(text);
        case FieldKind::Text:
        case FieldKind::Path:
        case FieldKind::Choice:
            return FieldValue(text);
        case FieldKind::NameList:
        case FieldKind::NameMap:
        case FieldKind::RewardList:
            break;
    }
    return std::nullopt;
}

OrderedJson fieldValueToJson(const FieldValue& value) {
    return std::visit(
        [](const auto& held) -> OrderedJson {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, std::monostate>)
                return nullptr;
            else if constexpr (std::is_same_v<Held, NamedTexts>)
                return jsonOf(held);
            else if constexpr (std::is_same_v<Held, std::vector<NamedTexts>>) {
                OrderedJson list = OrderedJson::array();
                for (const NamedTexts& map : held) list.push_back(jsonOf(map));
                return list;
            } else
                return held;
        },
        value);
}

std::string fieldValueToText(const FieldValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return joined(*list);
    if (const auto* number = std::get_if<double>(&value)) return numberText(*number);
    if (std::holds_alternative<std::monostate>(value)) return "auto";
    return dumpJson(fieldValueToJson(value));
}

int64_t integerSetting(const Settings& settings, const std::string& key, int64_t fallback) {
    return settingAs<int64_t>(settings, key, fallback);
}

double numberSetting(const Settings& settings, const std::string& key, double fallback) {
    return settingAs<double>(settings, key, fallback);
}

bool boolSetting(const Settings& settings, const std::string& key, bool fallback) {
    return settingAs<bool>(settings, key, fallback);
}

std::string textSetting(const Settings& settings, const std::string& key, const std::string& fallback) {
    return settingAs<std::string>(settings, key, fallback);
}

std::vector<std::string> listSetting(const Settings& settings, const std::string& key) {
    return settingAs<std::vector<std::string>>(settings, key, {});
}

}  // namespace lathe
