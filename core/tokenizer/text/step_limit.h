// SPDX-License-Identifier: GPL-3.0-or-later
// What follows from an expression that takes more steps than it may: an error, never another result.
#pragma once

#include <string>
#include <vector>

#include "core/tokenizer/text/pattern.h"

namespace lathe::tok {

/// Watches the tokenizer's expressions on this thread from when it is made.
class StepLimit {
  public:
    /// Unsupported when one of them was given up since: the ids of the text are not known then.
    Result<void> check(const std::string& place) const {
        if (Pattern::givenUp() == m_before) return {};
        return Error{
            ErrorCode::Unsupported,
            "an expression of the tokenizer takes too many steps on the text, so that its tokens are not "
            "known",
            place, "shorten or divide the text"};
    }

  private:
    uint64_t m_before = Pattern::givenUp();
};

/// Whether the pattern is found in `text`; RecipeInvalid when it takes too many steps before.
inline Result<bool> isFound(const Pattern& pattern, std::string_view text, const std::string& place) {
    std::vector<Split> matches;
    if (pattern.findAll(text, matches) || !matches.empty()) return !matches.empty();
    return Error{ErrorCode::RecipeInvalid, "the expression takes too many steps on " + std::string(text),
                 place, "write it without nested repetitions"};
}

}  // namespace lathe::tok
