// SPDX-License-Identifier: GPL-3.0-or-later
// The attribute that a filter such as map or sort looks up: "name", "a.b", "items.0" or a number.
#pragma once

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

class AttributePath {
  public:
    /// None: the value itself.
    static Result<AttributePath> of(const Value& attribute);
    /// Several paths parted by commas.
    static Result<std::vector<AttributePath>> severalOf(const Value& attribute);
    /// `fallback`, unless Missing, replaces what is undefined.
    Result<Value> in(Run& run, const Value& value, const Value& fallback = {}) const;

  private:
    struct Part {
        std::string name;
        int64_t index = 0;
        bool isIndex = false;
    };
    static Result<AttributePath> parsed(std::string_view text);

    std::vector<Part> m_parts;
};

/// Text in lower case, other values as they are: the keys of filters that ignore case.
Result<Value> withoutCase(Run& run, const Value& value);

}  // namespace lathe::jinja
