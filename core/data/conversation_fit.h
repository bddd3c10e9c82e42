// SPDX-License-Identifier: GPL-3.0-or-later
// A row's conversation made ready for a chat format, with notes on what the format cannot say.
#pragma once

#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/tokenizer/chat_format.h"

namespace lathe {

/// Where notes on a row go.
struct RowNotes {
    std::vector<Note>& notes;
    std::string place;  ///< of the row

    void add(const std::string& code, const std::string& message, const std::string& hint) const;
};

/// What the format has no form for is written in another way or left out, and noted: tool calls become text,
/// keys and tools that the template does not read are named. DataInvalid for a role that a named format does
/// not know.
Result<Conversation> fitted(Conversation conversation, const ChatFormat& format, const RowNotes& notes);

/// Notes what the rendering shows: contents that are not in it as they are, control tokens spelled out in
/// contents, answers that are not learned.
void noteRendering(const Conversation& conversation, const RenderedChat& chat, const RowNotes& notes);

}  // namespace lathe
