// SPDX-License-Identifier: GPL-3.0-or-later
// Labels that have a column of their own with 0 or 1, and the cell of a row that says which labels it has.
#pragma once

#include <optional>
#include <vector>

#include "core/data/roles/columns.h"

namespace lathe {

/// Whether the cell says that a label of its own column is there; nothing where it is neither 0 nor 1 (also
/// 0.0, false and no).
std::optional<bool> zeroOrOne(const OrderedJson& cell);

/// Columns that hold 0 or 1, where there are several and each has a 1. A few cells may hold something else:
/// labelCell refuses these by their line. For one label a row, only where every row has one 1.
std::vector<std::size_t> labelColumns(const RecordSet& records, const std::vector<std::size_t>& taken,
                                      LabelKind kind);

/// DataInvalid where several columns hold the same two values, such as "x" or nothing, and the label is one
/// of them or none: each may be a label.
Result<void> checkAlikeColumns(const RecordSet& records, const ColumnMap& columns);

/// What a row says of its label: the cell of the column, or the names of the labels whose columns, or keys of
/// an object in the cell, hold 1. A list of one item is the item where rows have one label, or a number.
/// DataInvalid where such a column or key holds neither 0 nor 1, and where a row of one label has several.
Result<OrderedJson> labelCell(const RecordSet& records, const Record& record, const ColumnMap& columns,
                              LabelKind kind);

}  // namespace lathe
