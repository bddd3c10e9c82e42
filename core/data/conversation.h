// SPDX-License-Identifier: GPL-3.0-or-later
// Instruction rows in their usual shapes (Alpaca, ShareGPT, messages, prompt/completion) as chat messages.
#pragma once

#include <vector>

#include "core/data/columns.h"
#include "core/tokenizer/chat_format.h"

namespace lathe {

/// The turns of one row, empty contents kept. Alpaca's input goes below its instruction after one line break.
/// DataInvalid, placed at the row, for a conversation that is no list or has an unknown role.
Result<std::vector<ChatMessage>> conversationOf(const RecordSet& records, const Record& record,
                                                const ColumnMap& columns);

}  // namespace lathe
