// SPDX-License-Identifier: GPL-3.0-or-later
// Conversations as the model was trained to read them: named formats with exact strings (spec §4.7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace lathe {

struct ChatMessage {
    std::string role;  ///< system, user or assistant
    std::string content;
};

/// A stretch of a rendered conversation and whether it is an answer (content + end-of-turn) to learn.
struct ChatPart {
    std::string text;
    bool answer = false;
};

/// What stands around a message's content; the ending belongs to an answer, what comes after does not.
struct ChatTurn {
    std::string opening, ending, after;
};

class ChatFormat {
  public:
    /// By a name of the table in chat_format.cpp; Unsupported otherwise.
    static Result<ChatFormat> named(const std::string& name, const Tokenizer& tokenizer);
    /// "auto": by the model's own template; plain when it has none; Unsupported, showing the template's
    /// beginning, when it is not recognised.
    static Result<ChatFormat> detect(const Tokenizer& tokenizer);

    const std::string& name() const { return m_name; }
    /// The conversation as parts in order. With `forGeneration` it ends with the opening of the next answer.
    std::vector<ChatPart> render(std::vector<ChatMessage> messages, bool forGeneration) const;
    /// What every conversation begins with; empty when the format has no start token.
    const std::string& start() const { return m_bos; }
    /// What stands before the first turn when no system text is given: the model's own, with its marks.
    const std::string& withoutSystem() const { return m_withoutSystem; }
    /// The ids that end an answer.
    const std::vector<int32_t>& stopIds() const { return m_stopIds; }

  private:
    std::vector<ChatMessage> arranged(std::vector<ChatMessage> messages) const;

    std::string m_name;
    ChatTurn m_system, m_user, m_assistant;
    std::string m_generation;     ///< opens the next answer
    std::string m_bos;            ///< written once at the start; empty when the format has none
    std::string m_finish;         ///< ends a conversation that is not to be continued
    std::string m_withoutSystem;  ///< what the model's own template writes when no system text is given
    std::string m_systemPrefix;   ///< what a template writes before the first system text (dates)
    bool m_strips = false, m_mergesSystem = false;
    std::vector<int32_t> m_stopIds;
};

}  // namespace lathe
