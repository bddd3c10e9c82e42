// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of JSON: an array of objects, an object that holds one, or an object a line.
#pragma once

#include <string>
#include <string_view>

#include "core/data/read/row_source.h"

namespace lathe {

/// "json" for an array or an object that holds the rows, "jsonl" for an object a line; the first line tells.
/// An object alone whose only array holds messages is one row, a conversation.
std::string jsonLayout(std::string_view text);

/// Columns come in the order they are first seen, null where a row lacks one. DataInvalid, placed at
/// file:line:column, for what is no JSON or no rows; FileTooLarge when hardly any row has the keys of others.
Result<void> readJsonArray(SourceText& source, RowSink& sink);
Result<void> readJsonLines(SourceText& source, RowSink& sink);

}  // namespace lathe
