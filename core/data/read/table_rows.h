// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a comma- or tab-separated table, with or without a header.
#pragma once

#include "core/data/read/row_source.h"

namespace lathe {

/// Columns are named by the header, or "0", "1", … where the first row is none; a name that comes back gets a
/// number. Empty cells become null. A "sep=;" line, empty rows before the first and empty cells behind the
/// last column are passed over. Notes say what was guessed. DataInvalid, placed in the file, for a row with
/// another number of fields than the first.
Result<void> readTable(SourceText& source, char delimiter, RowSink& sink);

}  // namespace lathe
