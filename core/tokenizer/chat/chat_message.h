// SPDX-License-Identifier: GPL-3.0-or-later
// Conversations as data: the messages of a row, the tools offered in it, and how they look once rendered.
#pragma once

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

struct ChatMessage {
    std::string role;
    std::string content;  ///< as text; parts of text are joined
    /// Further keys of the message object, in the file's order: tool_calls, reasoning_content, name … A
    /// "content" here replaces the text above: a list of parts, or null for a message that has no content.
    OrderedJson more = OrderedJson::object();
    bool learned = true;      ///< false: the row marks this answer as context only
    std::string givenRole{};  ///< the row's word for `role` where that is another one; else empty
};

/// The key of `ChatMessage::more` that holds what the model thought: the first of reasoning_content, thinking
/// and reasoning that has a value, as in transformers; null without one.
const char* reasoningKey(const OrderedJson& more);

/// Whether the message is an assistant's turn, even one that is context only.
bool isAssistant(const ChatMessage& message);
/// Whether it is an answer to learn: an assistant's turn that says or calls something and is not marked as
/// context.
bool isAnswer(const ChatMessage& message);

struct Conversation {
    std::vector<ChatMessage> messages;
    OrderedJson tools;  ///< null where the row offers none

    Conversation() = default;
    Conversation(std::vector<ChatMessage> turns, OrderedJson offered = nullptr)
        : messages(std::move(turns)), tools(std::move(offered)) {}
};

/// A conversation as the model reads it.
struct RenderedChat {
    /// The bytes [begin, end) are of the answer that is the message with this index, its end mark included.
    /// A template's marks may give one answer several stretches.
    struct Answer {
        std::size_t begin = 0, end = 0, message = 0;
    };
    std::string text;
    std::vector<Answer> answers;  ///< those to learn, in the order of the text
    /// Spellings of control tokens that are part of a message's content, and so text (see Tokenizer::encode).
    std::vector<TextSpan> plain;
};

/// The ids of a rendered conversation; the template has written the start token already.
Encoding encodeChat(const Tokenizer& tokenizer, const RenderedChat& chat);

}  // namespace lathe
