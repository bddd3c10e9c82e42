// SPDX-License-Identifier: GPL-3.0-or-later
// Chat templates by name, for bases without their own and for data.template.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

struct NamedFormat {
    std::string source;  ///< the Jinja template, as it is exported, too
    std::string stop;    ///< the spelling of the token that ends an answer; empty: only the end token does
};

/// Unsupported for a name that is not in the table; ModelMismatch when the tokenizer has no token that ends
/// an answer of the format.
Result<NamedFormat> namedFormat(const std::string& name, const Tokenizer& tokenizer);

/// "chatml, llama3, …"
std::string formatNames();

}  // namespace lathe
