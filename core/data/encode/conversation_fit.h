// SPDX-License-Identifier: GPL-3.0-or-later
// A row's conversation made ready for a chat format, with notes on what the format cannot say.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/tokenizer/chat/chat_format.h"

namespace lathe {

/// Where notes on a row go.
struct RowNotes {
    std::vector<Note>& notes;
    std::string place;           ///< of the row
    std::set<std::string> said;  ///< the messages of this row's notes

    /// What is said several times of one row counts once.
    void add(const std::string& code, const std::string& message, const std::string& hint);
};

/// What the format has no form for is written in another way or left out, and noted: tool calls become text,
/// keys, marks and tools that are not used are named, as are roles that are read as others. A model's own
/// template is given roles as they are. DataInvalid for a role that a named format does not know.
Result<Conversation> fitted(Conversation conversation, const ChatFormat& format, RowNotes& notes);

/// Notes what the rendering shows: contents that are not in it as they are, control tokens spelled out in
/// contents, answers that are not learned.
void noteRendering(const Conversation& conversation, const RenderedChat& chat, RowNotes& notes);

}  // namespace lathe
