// SPDX-License-Identifier: GPL-3.0-or-later
// A folder of text files as rows: each file a text, its folder the label where there are folders by class.
#pragma once

#include "core/data/read/row_source.h"

namespace lathe {

/// Files of the sink's path itself give the column "text"; files one folder further down give "text" and
/// "label", the folder's name. In the order of their names; hidden files and README are passed over. Each
/// file is decoded on its own (`encoding` as decodeText). DataInvalid for files on both levels or for none.
Result<void> readFileFolder(const std::string& encoding, RowSink& sink);

}  // namespace lathe
