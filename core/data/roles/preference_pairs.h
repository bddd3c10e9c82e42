// SPDX-License-Identifier: GPL-3.0-or-later
// Preference rows in their usual shapes as a shared prompt with a better and a worse answer (methods.md,
// "Preference"; methods.md, "Data rows").
#pragma once

#include <vector>

#include "core/data/roles/columns.h"
#include "core/tokenizer/chat/chat_message.h"

namespace lathe {

struct Preference {
    Conversation prompt;                        ///< may be empty
    std::vector<ChatMessage> chosen, rejected;  ///< what follows it; nearly always one answer
};

/// The prompt is what the row has before its answers (prompt, instruction, messages, …) and the beginning
/// that both answers share: whole messages of two conversations, the turns of two texts that are written as
/// "\n\nHuman: …\n\nAssistant: …", or else, where the row has no prompt, the words that two texts begin with.
/// Empty contents are kept. DataInvalid, placed at the row, for what is no conversation.
Result<Preference> preferenceOf(const RecordSet& records, const Record& record, const ColumnMap& columns);

/// The number in the margin column; 0 without one, DataInvalid for anything else.
Result<double> marginOf(const RecordSet& records, const Record& record, const ColumnMap& columns);

}  // namespace lathe
