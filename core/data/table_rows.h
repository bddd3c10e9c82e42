// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a comma- or tab-separated table, with or without a header.
#pragma once

#include "core/data/row_source.h"

namespace lathe {

/// Columns are named by the header, or "0", "1", … where the first row is none. Empty cells become null.
/// DataInvalid, placed in the file, for a row with another number of fields than the first.
Result<void> readTable(SourceText& source, char delimiter, RowSink& sink);

}  // namespace lathe
