// SPDX-License-Identifier: GPL-3.0-or-later
// Instruction rows in their usual shapes (Alpaca, ShareGPT, messages, prompt/completion) as chat messages.
#pragma once

#include <vector>

#include "core/data/columns.h"
#include "core/tokenizer/chat_format.h"

namespace lathe {

/// The messages of a cell: a list of {role, content} or {from, value}, the same as JSON text, or one such
/// object. DataInvalid at `place` for anything else, an unknown role or a content that is no text.
Result<std::vector<ChatMessage>> messagesOf(const Json& cell, const std::string& place);

/// The turns of one row, empty contents kept. Alpaca's input goes below its instruction after one line break.
/// DataInvalid, placed at the row, for a conversation that is no list or has an unknown role.
Result<std::vector<ChatMessage>> conversationOf(const RecordSet& records, const Record& record,
                                                const ColumnMap& columns);

/// The same without the last answer's column: what the row says before an answer is given.
Result<std::vector<ChatMessage>> turnsBeforeAnswer(const RecordSet& records, const Record& record,
                                                   const ColumnMap& columns);

}  // namespace lathe
