// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

namespace lathe {
namespace {

/// Builds the DOM through SAX so that depth and duplicate keys are seen while parsing, not after.
template <class Value>
class GuardedBuilder : public nlohmann::json_sax<Value> {
  public:
    using typename nlohmann::json_sax<Value>::number_integer_t;
    using typename nlohmann::json_sax<Value>::number_unsigned_t;
    using typename nlohmann::json_sax<Value>::number_float_t;
    using typename nlohmann::json_sax<Value>::string_t;
    using typename nlohmann::json_sax<Value>::binary_t;

    GuardedBuilder(Value& root, int maxDepth) : m_builder(root, false), m_maxDepth(maxDepth) {}

    bool null() override { return count() && m_builder.null(); }
    bool boolean(bool v) override { return count() && m_builder.boolean(v); }
    bool number_integer(number_integer_t v) override { return count() && m_builder.number_integer(v); }
    bool number_unsigned(number_unsigned_t v) override { return count() && m_builder.number_unsigned(v); }
    bool number_float(number_float_t v, const string_t& s) override {
        return count() && m_builder.number_float(v, s);
    }
    bool string(string_t& v) override { return count() && m_builder.string(v); }
    bool binary(binary_t& v) override { return count() && m_builder.binary(v); }

    bool start_object(std::size_t n) override {
        m_keys.emplace_back();
        return enter() && m_builder.start_object(n);
    }
    bool key(string_t& v) override {
        // Each look-up in an object that keeps its order passes all keys before.
        constexpr std::size_t kMaxOrderedKeys = 10000;
        if (std::is_same_v<Value, OrderedJson> && m_keys.back().size() >= kMaxOrderedKeys)
            return fail("an object has more than " + std::to_string(kMaxOrderedKeys) + " keys");
        if (!m_keys.back().insert(v).second) return fail("the key \"" + v + "\" appears twice in one object");
        return m_builder.key(v);
    }
    bool end_object() override {
        m_keys.pop_back();
        --m_depth;
        return m_builder.end_object();
    }
    bool start_array(std::size_t n) override { return enter() && m_builder.start_array(n); }
    bool end_array() override {
        --m_depth;
        return m_builder.end_array();
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception& e) override {
        m_position = position;
        const std::string what = e.what();
        const auto colon = what.find(": ");
        return fail(colon == std::string::npos ? what : what.substr(colon + 2));
    }

    const std::string& fault() const { return m_fault; }
    std::size_t position() const { return m_position; }

  private:
    bool count() {
        if (++m_values > kMaxJsonValues)
            return fail("more than " + std::to_string(kMaxJsonValues) + " values");
        return true;
    }
    bool enter() {
        if (++m_depth > m_maxDepth)
            return fail("nested deeper than " + std::to_string(m_maxDepth) + " levels");
        return count();
    }
    bool fail(std::string message) {
        if (m_fault.empty()) m_fault = std::move(message);
        return false;
    }

    nlohmann::detail::json_sax_dom_parser<Value> m_builder;
    std::vector<std::unordered_set<std::string>> m_keys;
    int m_maxDepth;
    int m_depth = 0;
    int64_t m_values = 0;
    std::size_t m_position = 0;
    std::string m_fault;
};

std::string withPosition(const std::string& place, std::string_view text, std::size_t position) {
    if (position == 0) return place;
    position = std::min(position, text.size());
    const auto before = text.substr(0, position);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto newline = before.rfind('\n');
    const auto column = newline == std::string_view::npos ? position : position - newline - 1;
    return place + ":" + std::to_string(line) + ":" + std::to_string(column);
}

Error wrongType(const char* key, const char* wanted, const std::string& place) {
    return {ErrorCode::FileMalformed, std::string("\"") + key + "\" must be " + wanted, place, ""};
}

const Json* find(const Json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
}

template <class Value>
Result<Value> parsed(std::string_view text, const std::string& place, int maxDepth) {
    if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
    Value root;
    GuardedBuilder<Value> builder(root, maxDepth);
    if (!Value::sax_parse(text, &builder))
        return Error{ErrorCode::FileMalformed, "not valid JSON: " + builder.fault(),
                     withPosition(place, text, builder.position()), ""};
    return root;
}

}  // namespace

Result<Json> parseJson(std::string_view text, const std::string& place, int maxDepth) {
    return parsed<Json>(text, place, maxDepth);
}

Result<OrderedJson> parseOrderedJson(std::string_view text, const std::string& place, int maxDepth) {
    return parsed<OrderedJson>(text, place, maxDepth);
}

Result<int64_t> jsonInteger(const Json& object, const char* key, int64_t fallback, const std::string& place) {
    const Json* value = find(object, key);
    if (!value) return fallback;
    if (!value->is_number_integer()) return wrongType(key, "a whole number", place);
    if (value->is_number_unsigned() && value->get<uint64_t>() > uint64_t(INT64_MAX))
        return wrongType(key, "a smaller number", place);
    return value->get<int64_t>();
}

Result<double> jsonNumber(const Json& object, const char* key, double fallback, const std::string& place) {
    const Json* value = find(object, key);
    if (!value) return fallback;
    if (!value->is_number()) return wrongType(key, "a number", place);
    return value->get<double>();
}

Result<bool> jsonBool(const Json& object, const char* key, bool fallback, const std::string& place) {
    const Json* value = find(object, key);
    if (!value) return fallback;
    if (!value->is_boolean()) return wrongType(key, "true or false", place);
    return value->get<bool>();
}

Result<std::string> jsonString(const Json& object, const char* key, const std::string& fallback,
                               const std::string& place) {
    const Json* value = find(object, key);
    if (!value) return fallback;
    if (!value->is_string()) return wrongType(key, "a text", place);
    return value->get<std::string>();
}

std::string dumpJson(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string dumpJson(const OrderedJson& value, int indent) {
    return value.dump(indent, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace lathe
