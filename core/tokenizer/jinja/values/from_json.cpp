// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/from_json.h"

#include <limits>

#include "core/tokenizer/text/unicode.h"

namespace lathe::jinja {
namespace {

constexpr int kMaxDepth = 200;

Result<Value> textOf(Run& run, const std::string& text) {
    if (!tok::isValidUtf8(text)) return failure("a text among the variables is not valid UTF-8");
    return Value(run.make<Text>(text));
}

}  // namespace

Result<Value> fromJson(Run& run, const OrderedJson& json, int depth) {
    if (depth > kMaxDepth)
        return failure("the variables are nested more than " + std::to_string(kMaxDepth) + " levels deep");
    switch (json.type()) {
        case OrderedJson::value_t::null:
            return Value::none();
        case OrderedJson::value_t::boolean:
            return Value::boolean(json.get<bool>());
        case OrderedJson::value_t::number_integer:
            return Value::integer(json.get<int64_t>());
        case OrderedJson::value_t::number_unsigned:
            if (json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
                return failure("the integer " + json.dump() + " among the variables has more than 64 bits");
            return Value::integer(json.get<int64_t>());
        case OrderedJson::value_t::number_float:
            return Value::number(json.get<double>());
        case OrderedJson::value_t::string:
            return textOf(run, json.get_ref<const std::string&>());
        case OrderedJson::value_t::array: {
            auto* const list = run.make<Sequence>(std::vector<Value>());
            list->items.reserve(json.size());
            for (const OrderedJson& item : json) {
                LATHE_TRY(const Value value, fromJson(run, item, depth + 1));
                list->items.push_back(value);
            }
            return Value::list(list);
        }
        case OrderedJson::value_t::object: {
            Dict* const dict = run.make<Dict>();
            for (const auto& [key, item] : json.items()) {
                LATHE_TRY(const Value name, textOf(run, key));
                LATHE_TRY(const Value value, fromJson(run, item, depth + 1));
                dict->set({true, name.bytes(), {}}, name, value);
            }
            return Value(dict);
        }
        default:
            return failure("the variables hold something that JSON does not have");
    }
}

}  // namespace lathe::jinja
