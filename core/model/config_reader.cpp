// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/config_reader.h"

#include <sstream>

namespace lathe {
namespace {

const char* const kPlace = "config.json";

template <class T>
Error outOfRange(const char* key, T value, T min, T max) {
    std::ostringstream text;
    text << '"' << key << "\" is " << value << ", but must be from " << min << " to " << max;
    return configError(text.str());
}

}  // namespace

Error configError(const std::string& message) {
    return {ErrorCode::FileMalformed, message, kPlace, "check that the file belongs to this model"};
}

bool ConfigReader::has(const char* key) const {
    return m_config.is_object() && m_config.contains(key) && !m_config.at(key).is_null();
}

Result<int64_t> ConfigReader::size(const char* key, int64_t max, int64_t min) const {
    if (!has(key)) return configError(std::string("\"") + key + "\" is missing");
    return sizeOr(key, min, max, min);
}

Result<int64_t> ConfigReader::sizeOr(const char* key, int64_t fallback, int64_t max, int64_t min) const {
    LATHE_TRY(const int64_t value, jsonInteger(m_config, key, fallback, kPlace));
    if (value < min || value > max) return outOfRange(key, value, min, max);
    return value;
}

Result<double> ConfigReader::numberOr(const char* key, double fallback, double min, double max) const {
    LATHE_TRY(const double value, jsonNumber(m_config, key, fallback, kPlace));
    if (!(value >= min && value <= max)) return outOfRange(key, value, min, max);
    return value;
}

Result<bool> ConfigReader::flagOr(const char* key, bool fallback) const {
    return jsonBool(m_config, key, fallback, kPlace);
}

Result<std::string> ConfigReader::textOr(const char* key, const std::string& fallback) const {
    return jsonString(m_config, key, fallback, kPlace);
}

Result<Json> ConfigReader::objectOr(const char* key) const {
    if (!has(key)) return Json::object();
    if (!m_config.at(key).is_object()) return configError(std::string("\"") + key + "\" must be an object");
    return m_config.at(key);
}

}  // namespace lathe
