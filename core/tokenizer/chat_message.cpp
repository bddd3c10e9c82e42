// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat_message.h"

#include <algorithm>
#include <array>

namespace lathe {
namespace {

/// Keys besides the content with which an assistant says something.
constexpr std::array kSayingKeys = {"tool_calls", "reasoning_content", "reasoning", "thinking"};

bool isBlankText(const std::string& text) {
    return text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
}

bool says(const OrderedJson& value) {
    if (value.is_string()) return !isBlankText(value.get_ref<const std::string&>());
    return value.is_structured() && !value.empty();
}

}  // namespace

bool isAssistant(const ChatMessage& message) {
    return message.role == "assistant";
}

bool isAnswer(const ChatMessage& message) {
    if (!isAssistant(message) || !message.learned) return false;
    return !isBlankText(message.content) ||
           std::any_of(kSayingKeys.begin(), kSayingKeys.end(), [&](const char* key) {
               const auto it = message.more.find(key);
               return it != message.more.end() && says(*it);
           });
}

Encoding encodeChat(const Tokenizer& tokenizer, const RenderedChat& chat) {
    return tokenizer.encode(chat.text, false, chat.plain);
}

}  // namespace lathe
