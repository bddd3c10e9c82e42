// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/config_view.h"

#include <algorithm>
#include <sstream>

namespace lathe {
namespace {

constexpr std::size_t kShownValue = 60;  ///< bytes of a value in a message

template <class T>
std::string outOfRange(T value, T min, T max) {
    std::ostringstream text;
    text << "is " << value << ", but must be from " << min << " to " << max;
    return text.str();
}

std::string shown(const OrderedJson& value) {
    const std::string text = dumpJson(value);
    return text.size() <= kShownValue ? text : text.substr(0, kShownValue) + "...";
}

}  // namespace

bool asksNothing(const OrderedJson& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().empty();
    return value.is_null() || value == false || (value.is_structured() && value.empty());
}

Error ConfigView::fault(const std::string& key, const std::string& message) const {
    return {ErrorCode::FileMalformed, "\"" + pathOf(key) + "\" " + message, m_place, ""};
}

const OrderedJson* ConfigView::find(const std::string& key) const {
    m_read.insert(key);
    if (!m_object.is_object()) return nullptr;
    const auto it = m_object.find(key);
    return it == m_object.end() || it->is_null() ? nullptr : &*it;
}

Result<int64_t> ConfigView::size(const std::string& key, int64_t max, int64_t min) const {
    if (!has(key)) return fault(key, "is missing");
    return sizeOr(key, min, max, min);
}

Result<int64_t> ConfigView::sizeOr(const std::string& key, int64_t fallback, int64_t max, int64_t min) const {
    const OrderedJson* value = find(key);
    if (!value) return fallback;
    if (!value->is_number_integer()) return fault(key, "must be a whole number, not " + shown(*value));
    if (value->is_number_unsigned() && value->get<uint64_t>() > uint64_t(INT64_MAX))
        return fault(key,
                     outOfRange(value->get<uint64_t>(), uint64_t(std::max<int64_t>(min, 0)), uint64_t(max)));
    const auto number = value->get<int64_t>();
    if (number < min || number > max) return fault(key, outOfRange(number, min, max));
    return number;
}

Result<double> ConfigView::numberOr(const std::string& key, double fallback, double min, double max) const {
    const OrderedJson* value = find(key);
    if (!value) return fallback;
    if (!value->is_number()) return fault(key, "must be a number, not " + shown(*value));
    const auto number = value->get<double>();
    if (!(number >= min && number <= max)) return fault(key, outOfRange(number, min, max));
    return number;
}

Result<bool> ConfigView::flagOr(const std::string& key, bool fallback) const {
    const OrderedJson* value = find(key);
    if (!value) return fallback;
    if (!value->is_boolean()) return fault(key, "must be true or false, not " + shown(*value));
    return value->get<bool>();
}

Result<std::string> ConfigView::textOr(const std::string& key, const std::string& fallback) const {
    const OrderedJson* value = find(key);
    if (!value) return fallback;
    if (!value->is_string()) return fault(key, "must be a text, not " + shown(*value));
    return value->get<std::string>();
}

Result<std::vector<std::string>> ConfigView::names(const std::string& key) const {
    const OrderedJson* value = find(key);
    std::vector<std::string> names;
    if (!value) return names;
    if (value->is_string()) return std::vector{value->get<std::string>()};
    if (value->is_array())
        for (const auto& item : *value)
            if (item.is_string()) names.push_back(item.get<std::string>());
    if (!value->is_array() || names.size() != value->size())
        return fault(key, "must be a text or a list of texts, not " + shown(*value));
    return names;
}

Result<ConfigView> ConfigView::object(const std::string& key) const {
    const OrderedJson* value = find(key);
    if (value && !value->is_object()) return fault(key, "must be an object, not " + shown(*value));
    return ConfigView(value ? *value : OrderedJson::object(), m_place, pathOf(key));
}

std::vector<std::string> ConfigView::keys() const {
    std::vector<std::string> keys;
    if (m_object.is_object())
        for (const auto& item : m_object.items()) keys.push_back(item.key());
    return keys;
}

Result<void> ConfigView::refuseRest(const KnownKeys& known, const std::string& hint) const {
    for (const std::string& key : keys()) {
        const OrderedJson& value = m_object.at(key);
        if (m_read.count(key) || known.harmless.count(key)) continue;
        const auto usual = known.usual.find(key);
        if (usual == known.usual.end() ? asksNothing(value) : value.is_null() || value == usual->second)
            continue;
        std::string message =
            "\"" + pathOf(key) + "\" is " + shown(value) + ", which this build does not support";
        if (usual != known.usual.end()) message += "; only " + shown(usual->second) + " is";
        return Error{ErrorCode::Unsupported, message, m_place, hint};
    }
    return {};
}

}  // namespace lathe
