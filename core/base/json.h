// SPDX-License-Identifier: GPL-3.0-or-later
// The one way JSON gets in: nesting capped, duplicate keys refused, errors as values with line and column.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

using Json = nlohmann::json;
/// Keeps the order of keys, for files people read.
using OrderedJson = nlohmann::ordered_json;

constexpr int kConfigJsonDepth = 64;
constexpr int kDataJsonDepth = 128;
/// Values of one text: a value takes up to 30 times its text in memory. The largest vocabularies with their
/// merges have about a quarter of this.
constexpr int64_t kMaxJsonValues = int64_t(1) << 23;

/// Parses `text`; `place` names the file in errors ("config.json", "rows.jsonl:17"). FileMalformed beyond
/// `maxDepth` levels or kMaxJsonValues values.
Result<Json> parseJson(std::string_view text, const std::string& place, int maxDepth = kConfigJsonDepth);
/// The same with the keys in the file's order.
Result<OrderedJson> parseOrderedJson(std::string_view text, const std::string& place,
                                     int maxDepth = kConfigJsonDepth);

/// Typed look-ups that never throw: the fallback when the key is absent or null, nothing else is tolerated.
Result<int64_t> jsonInteger(const Json& object, const char* key, int64_t fallback, const std::string& place);
Result<double> jsonNumber(const Json& object, const char* key, double fallback, const std::string& place);
Result<bool> jsonBool(const Json& object, const char* key, bool fallback, const std::string& place);
Result<std::string> jsonString(const Json& object, const char* key, const std::string& fallback,
                               const std::string& place);

/// `value.dump(indent)` with bytes that are not UTF-8 replaced instead of thrown over.
std::string dumpJson(const Json& value, int indent = -1);
std::string dumpJson(const OrderedJson& value, int indent = -1);

}  // namespace lathe
