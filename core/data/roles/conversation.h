// SPDX-License-Identifier: GPL-3.0-or-later
// Instruction rows in their usual shapes (Alpaca, ShareGPT, messages, prompt/completion) as conversations.
#pragma once

#include <vector>

#include "core/data/roles/columns.h"
#include "core/tokenizer/chat/chat_message.h"

namespace lathe {

/// The messages of a cell: a list of {role, content} or {from, value}, the same as JSON text, or one such
/// object. What a message has besides is kept (ChatMessage::more), but for keys without a value; `weight` 0
/// and `train` false make an answer context. DataInvalid at `place` for anything else: a message without a
/// role, a content that is neither text nor parts of text, a weight other than 0 and 1.
Result<std::vector<ChatMessage>> messagesOf(const OrderedJson& cell, const std::string& place);

/// The turns of one row and the tools it offers, empty contents kept. Alpaca's input goes below its
/// instruction after one line break. DataInvalid, placed at the row, for a conversation that is not a list or
/// has a message that messagesOf refuses.
Result<Conversation> conversationOf(const RecordSet& records, const Record& record, const ColumnMap& columns);

/// The same without the last answer's column: what the row says before an answer is given.
Result<Conversation> turnsBeforeAnswer(const RecordSet& records, const Record& record,
                                       const ColumnMap& columns);

}  // namespace lathe
