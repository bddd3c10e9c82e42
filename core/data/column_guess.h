// SPDX-License-Identifier: GPL-3.0-or-later
// Which column plays which role in a task, guessed from the names that data sets usually give and from
// contents.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/data/columns.h"

namespace lathe {

/// The guess for every role that a column is found for.
ColumnMap guessColumnMap(const RecordSet& records, const std::string& task, LabelKind kind = LabelKind::One);

/// The same with the columns' names.
std::map<std::string, std::string> guessColumns(const RecordSet& records, const std::string& task,
                                                LabelKind kind = LabelKind::One);

/// True for a name that data sets usually give a column; tells a header from a first row.
bool isUsualColumnName(std::string_view name);
/// … that they usually give the column of this role.
bool isUsualName(std::string_view name, std::string_view role);

}  // namespace lathe
