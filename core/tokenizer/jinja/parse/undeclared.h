// SPDX-License-Identifier: GPL-3.0-or-later
// Which special names ("loop", "caller", …) statements read before they set them, as Jinja's compiler decides
// whether to provide them.
#pragma once

#include <set>

#include "core/tokenizer/jinja/parse/ast.h"

namespace lathe::jinja {

std::set<std::string> undeclaredNames(const Statements& statements, std::set<std::string> names);

}  // namespace lathe::jinja
