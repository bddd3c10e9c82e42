// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat_message.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"

namespace lathe {
namespace {

/// Keys besides the content with which an assistant says something.
constexpr std::array kSayingKeys = {"tool_calls", "reasoning_content", "reasoning", "thinking"};

bool says(const OrderedJson& value) {
    if (value.is_string()) return !isBlank(value.get_ref<const std::string&>());
    return value.is_structured() && !value.empty();
}

}  // namespace

bool isAssistant(const ChatMessage& message) {
    return message.role == "assistant";
}

bool isAnswer(const ChatMessage& message) {
    if (!isAssistant(message) || !message.learned) return false;
    return !isBlank(message.content) ||
           std::any_of(kSayingKeys.begin(), kSayingKeys.end(), [&](const char* key) {
               const auto it = message.more.find(key);
               return it != message.more.end() && says(*it);
           });
}

Encoding encodeChat(const Tokenizer& tokenizer, const RenderedChat& chat) {
    return tokenizer.encode(chat.text, false, chat.plain);
}

}  // namespace lathe
