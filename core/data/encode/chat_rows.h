// SPDX-License-Identifier: GPL-3.0-or-later
// Rows with conversations in them (instruction and preference rows, prompts) as examples.
#pragma once

#include <optional>
#include <vector>

#include "core/data/encode/conversation_fit.h"
#include "core/data/encode/row_parts.h"
#include "core/tokenizer/chat/chat_format.h"

namespace lathe {

ChatSettings chatSettingsOf(const DataSettings& data);

/// A prompt with one of its answers, encoded and cut.
struct AnsweredPrompt {
    std::string text;
    Encoding encoding;
    std::vector<int32_t> targets;
    std::size_t promptTokens = 0;  ///< leading tokens that hold bytes of the prompt alone
    std::size_t tokens = 0;        ///< before cutting
};

class ChatRows {
  public:
    /// Recipe and tokenizer must outlive this.
    ChatRows(const Recipe& recipe, const Tokenizer& tokenizer, ChatFormat format)
        : m_recipe(recipe), m_tokenizer(tokenizer), m_format(std::move(format)) {}

    /// The example of a row of a conversational shape; none when the row was dropped and counted.
    Result<std::optional<Example>> encode(RowShape shape, const DataRow& row, DataReport& report) const;

    /// `prompt` with one of its answers, as the task's rows are written. `promptText` is the prompt as
    /// rendered for generation.
    Result<AnsweredPrompt> answered(const Conversation& prompt, const std::string& promptText,
                                    const std::vector<ChatMessage>& answer) const;

  private:
    /// Counts rows for the report as they are encoded.
    struct Place {
        const DataRow& row;
        DataReport& report;
        RowNotes notes;
    };
    Result<std::optional<Example>> conversation(Place& place) const;
    Result<std::optional<Example>> preference(Place& place) const;
    Result<std::optional<Example>> prompt(Place& place) const;

    const Recipe& m_recipe;
    const Tokenizer& m_tokenizer;
    ChatFormat m_format;
};

}  // namespace lathe
