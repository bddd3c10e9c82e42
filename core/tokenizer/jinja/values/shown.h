// SPDX-License-Identifier: GPL-3.0-or-later
// Values as text: Python's str() and repr(), and JSON as transformers' `tojson` writes it.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// Appends str(value).
Result<void> appendShown(Run& run, std::string& out, const Value& value);
Result<std::string> shown(Run& run, const Value& value);
/// str(value) as a value; text is returned as it is, safe or not.
Result<Value> shownText(Run& run, const Value& value);
Result<std::string> repr(Run& run, const Value& value);
std::string reprOfText(std::string_view text, bool asciiOnly = false);
std::string reprOfFloat(double number);

struct JsonStyle {
    bool asciiOnly = false, sortKeys = false, indented = false;
    std::string indent, between = ", ", afterKey = ": ";
};
/// As json.dumps writes it; an error for what JSON does not have.
Result<std::string> toJson(Run& run, const Value& value, const JsonStyle& style);

}  // namespace lathe::jinja
