// SPDX-License-Identifier: GPL-3.0-or-later
// A configuration that another program wrote, read key by key: every value is checked for its type and its
// range, and what nobody read can be refused by name instead of being ignored.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace lathe {

/// Which keys may be left unread.
struct KnownKeys {
    std::set<std::string> harmless;            ///< they change nothing here, whatever they hold
    std::map<std::string, OrderedJson> usual;  ///< they change nothing while they hold this value
};

/// Every reader's error is FileMalformed at `place` and names the key's path within the file.
class ConfigView {
  public:
    /// `place` is the file. `path` is the object's own path within it, empty for the whole file.
    explicit ConfigView(OrderedJson object, std::string place, std::string path = {})
        : m_object(std::move(object)), m_place(std::move(place)), m_path(std::move(path)) {}

    /// Whether the key is there and not null.
    bool has(const std::string& key) const { return find(key) != nullptr; }
    /// Its value; null when it is absent or null.
    const OrderedJson* find(const std::string& key) const;

    /// A whole number from `min` to `max` that must be there.
    Result<int64_t> size(const std::string& key, int64_t max, int64_t min = 1) const;
    /// As size, with a fallback when the key is absent or null. So are the others.
    Result<int64_t> sizeOr(const std::string& key, int64_t fallback, int64_t max, int64_t min = 1) const;
    /// A finite number from `min` to `max`.
    Result<double> numberOr(const std::string& key, double fallback, double min, double max) const;
    Result<bool> flagOr(const std::string& key, bool fallback) const;
    Result<std::string> textOr(const std::string& key, const std::string& fallback) const;
    /// A list of texts, or one text that stands for a list of itself; empty when the key is absent.
    Result<std::vector<std::string>> names(const std::string& key) const;
    /// The object under the key, or an empty one. What is read of it counts there.
    Result<ConfigView> object(const std::string& key) const;

    /// The keys of the object in the file's order.
    std::vector<std::string> keys() const;

    /// Unsupported, naming the first key that was not read, is not known, and asks for something: null, false
    /// and what is empty ask for nothing. `hint` says what to do about it.
    Result<void> refuseRest(const KnownKeys& known, const std::string& hint) const;

    /// FileMalformed at the key: "\"KEY\" MESSAGE".
    Error fault(const std::string& key, const std::string& message) const;
    const std::string& place() const { return m_place; }

  private:
    std::string pathOf(const std::string& key) const { return m_path.empty() ? key : m_path + "." + key; }

    OrderedJson m_object;
    std::string m_place, m_path;
    mutable std::set<std::string> m_read;
};

/// Whether a value asks for nothing: null, false, and empty texts, lists and objects.
bool asksNothing(const OrderedJson& value);

}  // namespace lathe
