// SPDX-License-Identifier: GPL-3.0-or-later
// One setting described once: the recipe check, the window's forms, the catalog and the help all read this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/config/named_texts.h"

namespace lathe {

/// A setting's value. monostate = left out, the program chooses ("auto").
using FieldValue = std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<std::string>,
                                NamedTexts, std::vector<NamedTexts>>;

enum class FieldKind {
    Bool,
    Integer,
    Number,
    Text,
    Path,
    Choice,      ///< one of Field::choices
    NameList,    ///< a list of names; a single text stands for itself (a name, a regular expression)
    NameMap,     ///< name → name, in order
    RewardList,  ///< rewards, each the map of a rule or a model with its keys (reward_settings.h); one map
                 ///< stands for itself
};

struct Field {
    std::string key;  ///< dotted within the recipe ("train.learning_rate"), bare within a method ("rank")
    FieldKind kind = FieldKind::Text;
    FieldValue fallback;
    std::optional<double> min;  ///< allowed range of numbers, inclusive
    std::optional<double> max;
    std::vector<std::string> choices;
    std::string help;       ///< one English sentence: what it does and what a usual value is
    bool advanced = false;  ///< hidden in the window's Simple view
};

/// Key → value of one method or section.
using Settings = std::map<std::string, FieldValue>;

/// "integer", "number", "choice", … as the catalog shows it.
const char* fieldKindName(FieldKind kind);

/// What a field allows, in words: "a whole number from 1 to 4096", "one of linear, cosine, constant".
std::string allowedText(const Field& field);

/// The sentence saying why `value` does not fit `field`, or nothing when it does.
std::optional<std::string> fieldFault(const Field& field, const FieldValue& value);

/// Whether `value` has the field's type; left out (monostate) only where that is the default.
bool fitsType(const Field& field, const FieldValue& value);

/// A text as a single value of that kind; nothing when it does not fit, or for lists and maps.
std::optional<FieldValue> fieldValueOf(const std::string& text, FieldKind kind);

OrderedJson fieldValueToJson(const FieldValue& value);
std::string fieldValueToText(const FieldValue& value);

/// Typed access after validation; a LATHE_CHECK guards the type, the fallback serves monostate.
int64_t integerSetting(const Settings& settings, const std::string& key, int64_t fallback);
double numberSetting(const Settings& settings, const std::string& key, double fallback);
bool boolSetting(const Settings& settings, const std::string& key, bool fallback);
std::string textSetting(const Settings& settings, const std::string& key, const std::string& fallback);
std::vector<std::string> listSetting(const Settings& settings, const std::string& key);

}  // namespace lathe
