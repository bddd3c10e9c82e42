// SPDX-License-Identifier: GPL-3.0-or-later
// Which column plays which role in a task, guessed from the names that data sets usually give and from
// contents.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/data/roles/columns.h"

namespace lathe {

/// The guess for every role that a column is found for.
ColumnMap guessColumnMap(const RecordSet& records, const std::string& task, LabelKind kind = LabelKind::One);

/// The same with the columns' names.
std::map<std::string, std::string> guessColumns(const RecordSet& records, const std::string& task,
                                                LabelKind kind = LabelKind::One);

}  // namespace lathe
