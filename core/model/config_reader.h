// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the numbers of a config.json within sane ranges, so that sizes made from them can be trusted.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "core/base/json.h"

namespace lathe {

constexpr int64_t kMaxWidth = int64_t(1) << 20;  ///< hidden and inner sizes
constexpr int64_t kMaxVocabulary = int64_t(1) << 24;
constexpr int64_t kMaxBlocks = 1024;
constexpr int64_t kMaxContext = int64_t(1) << 30;

/// Every reader's error is FileMalformed at "config.json" and names the key.
class ConfigReader {
  public:
    explicit ConfigReader(const Json& config) : m_config(config) {}

    /// A whole number from `min` to `max` that must be there.
    Result<int64_t> size(const char* key, int64_t max, int64_t min = 1) const;
    /// As size, with a fallback when the key is absent or null.
    Result<int64_t> sizeOr(const char* key, int64_t fallback, int64_t max, int64_t min = 1) const;
    /// A finite number from `min` to `max`.
    Result<double> numberOr(const char* key, double fallback, double min, double max) const;
    Result<bool> flagOr(const char* key, bool fallback) const;
    Result<std::string> textOr(const char* key, const std::string& fallback) const;
    bool has(const char* key) const;
    /// The object under `key`, or an empty one.
    Result<Json> objectOr(const char* key) const;

  private:
    const Json& m_config;
};

/// FileMalformed at "config.json".
Error configError(const std::string& message);

}  // namespace lathe
