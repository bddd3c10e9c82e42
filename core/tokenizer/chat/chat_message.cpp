// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat/chat_message.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"

namespace lathe {
namespace {

/// Names of a message's reasoning, the first with a value counts (transformers, _REASONING_FIELDS).
constexpr std::array kReasoningKeys = {"reasoning_content", "thinking", "reasoning"};

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
    const auto saidUnder = [&](const char* key) {
        const auto it = message.more.find(key);
        return it != message.more.end() && says(*it);
    };
    return !isBlank(message.content) || saidUnder("tool_calls") ||
           std::any_of(kReasoningKeys.begin(), kReasoningKeys.end(), saidUnder);
}

const char* reasoningKey(const OrderedJson& more) {
    for (const char* key : kReasoningKeys)
        if (const auto it = more.find(key); it != more.end() && !it->is_null()) return key;
    return nullptr;
}

Encoding encodeChat(const Tokenizer& tokenizer, const RenderedChat& chat) {
    return tokenizer.encode(chat.text, false, chat.plain);
}

}  // namespace lathe
