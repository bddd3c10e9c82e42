// SPDX-License-Identifier: GPL-3.0-or-later
// A text or regular expression to look for, from a tokenizer.json; matching is bounded.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/text/aligned_text.h"

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

namespace lathe::tok {

class Pattern {
  public:
    /// From {"String": …} or {"Regex": …}. Regular expressions are in Oniguruma's dialect, as in
    /// tokenizer.json.
    static Result<Pattern> fromJson(const Json& pattern, const std::string& place);
    static Result<Pattern> regex(std::string_view expression, const std::string& place);

    /// Matches from left to right, without overlap; may hold empty ones. False when a match takes too many
    /// steps: the matches behind it are not known. `text` must be valid UTF-8.
    bool findAll(std::string_view text, std::vector<Split>& matches) const;
    /// How often that has happened on this thread, for those who cannot ask each call.
    static uint64_t givenUp();

  private:
    struct FreeCode {
        void operator()(pcre2_real_code_8* code) const;
    };
    struct FreeContext {
        void operator()(pcre2_real_match_context_8* context) const;
    };
    static Result<Pattern> compile(std::string_view expression, uint32_t options, const std::string& place);

    std::unique_ptr<pcre2_real_code_8, FreeCode> m_code;
    std::unique_ptr<pcre2_real_match_context_8, FreeContext> m_context;
};

}  // namespace lathe::tok
