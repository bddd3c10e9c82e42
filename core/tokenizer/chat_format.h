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

class ChatFormat {
  public:
    /// Known names: chatml llama3 zephyr alpaca plain none. Unsupported otherwise.
    static Result<ChatFormat> named(const std::string& name, const Tokenizer& tokenizer);
    /// "auto": by the model's own template; plain when it has none; Unsupported with a hint when the template
    /// is not recognised.
    static Result<ChatFormat> detect(const Tokenizer& tokenizer);

    const std::string& name() const { return m_name; }
    /// The conversation as parts in order. With `forGeneration` it ends with the opening of the next answer.
    std::vector<ChatPart> render(const std::vector<ChatMessage>& messages, bool forGeneration) const;
    /// The ids that end an answer.
    const std::vector<int32_t>& stopIds() const { return m_stopIds; }

  private:
    std::string m_name;
    std::string m_bos;            ///< written once at the start; empty when the format has none
    std::string m_eos;
    std::string m_defaultSystem;  ///< system text the model's own template adds when none is given
    std::string m_systemPrefix;   ///< what a template writes before any system text (dates)
    std::vector<int32_t> m_stopIds;
};

}  // namespace lathe
