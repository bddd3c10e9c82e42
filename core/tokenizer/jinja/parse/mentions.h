// SPDX-License-Identifier: GPL-3.0-or-later
// The names by which a template reaches into its variables.
#pragma once

#include "core/tokenizer/jinja/parse/ast.h"

namespace lathe::jinja {

/// Variables that are not the template's own, attributes, and keys: in brackets, in `.get(…)`, before `in`,
/// and among the arguments of filters. Sorted.
std::vector<std::string> mentionsOf(const Tree& tree);

}  // namespace lathe::jinja
