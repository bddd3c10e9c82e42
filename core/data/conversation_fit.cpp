// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/conversation_fit.h"

#include <algorithm>
#include <set>

#include "core/data/lines.h"

namespace lathe {
namespace {

constexpr const char* kOtherBase =
    "choose a base whose chat template has a form for it, with data.template: auto";

/// The calls as text: one JSON object a line.
std::string callsText(const OrderedJson& calls) {
    std::string text;
    const auto add = [&](const OrderedJson& call) {
        const auto function = call.is_object() ? call.find("function") : call.end();
        text += (text.empty() ? "" : "\n") + (call.is_object() && function != call.end() ? *function : call)
                                                 .dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
    };
    if (calls.is_array())
        std::for_each(calls.begin(), calls.end(), add);
    else
        add(calls);
    return text;
}

bool knowsRole(const std::string& role) {
    return role == "system" || role == "user" || role == "assistant" || role == "tool";
}

void fitCalls(ChatMessage& message, const RowNotes& notes) {
    const auto calls = message.more.find("tool_calls");
    if (calls == message.more.end()) return;
    if (calls->is_structured() && !calls->empty()) {
        message.content += (message.content.empty() ? "" : "\n") + callsText(*calls);
        notes.add("tool_calls_as_text",
                  "the chat format has no form for tool calls, which are written as JSON", kOtherBase);
    }
    message.more.erase("tool_calls");
    message.more.erase("content");
}

}  // namespace

void RowNotes::add(const std::string& code, const std::string& message, const std::string& hint) const {
    addNote(notes, {code, message, hint, place, 1});
}

Result<Conversation> fitted(Conversation conversation, const ChatFormat& format, const RowNotes& notes) {
    if (!conversation.tools.is_null() && !format.reads("tools")) {
        notes.add("columns_unused", "the tools of a row (\"tools\") are not used by this chat format",
                  kOtherBase);
        conversation.tools = nullptr;
    }
    const bool readsParts = format.reads("text") || format.reads("type");
    std::set<std::string> unread;
    bool toolTurns = false;
    for (ChatMessage& message : conversation.messages) {
        if (message.role == "developer" && format.source().find("developer") == std::string::npos)
            message.role = "system";
        if (!format.isModelsOwn() && !knowsRole(message.role))
            return Error{ErrorCode::DataInvalid,
                         "the role \"" + message.role + "\" is not known to the chat format " + format.name(),
                         notes.place, "roles are system, user (human), assistant (gpt) and tool"};
        toolTurns = toolTurns || (message.role == "tool" && !format.isModelsOwn());
        if (!format.reads("tool_calls")) fitCalls(message, notes);
        const auto content = message.more.find("content");
        if (content != message.more.end() && content->is_array() && !readsParts)
            message.more.erase("content");
        for (const auto& [key, value] : message.more.items())
            if (key != "content" && !value.is_null() && !format.reads(key)) unread.insert(key);
    }
    for (const std::string& key : unread)
        notes.add("message_keys_unused",
                  "the key \"" + key + "\" of messages is not used by this chat format",
                  "put what matters into the content, or " + std::string(kOtherBase));
    if (toolTurns)
        notes.add("tool_turns",
                  "the chat format has no form for tool results, which are written as other turns",
                  kOtherBase);
    return conversation;
}

void noteRendering(const Conversation& conversation, const RenderedChat& chat, const RowNotes& notes) {
    bool leftOut = false, context = false, empty = false;
    for (const ChatMessage& message : conversation.messages) {
        const std::string_view content = trimmed(std::string_view(message.content));
        if (!content.empty() && !message.more.contains("content"))
            leftOut = leftOut || chat.text.find(content) == std::string::npos;
        if (!isAssistant(message)) continue;
        context = context || !message.learned;
        empty = empty || (message.learned && !isAnswer(message));
    }
    if (leftOut)
        notes.add("content_not_rendered", "the chat template leaves out or rewrites the content of messages",
                  "compare the rows with their texts in the preview");
    if (context)
        notes.add("answers_context", "answers marked as context (weight 0, train false) are not learned", "");
    if (empty) notes.add("answers_empty", "empty answers are not learned", "");
    if (!chat.plain.empty())
        notes.add("control_tokens_in_text",
                  "contents spell out control tokens (" +
                      chat.text.substr(chat.plain.front().begin,
                                       chat.plain.front().end - chat.plain.front().begin) +
                      "), which are kept as text",
                  "data.split_special_tokens: false makes them control tokens");
}

}  // namespace lathe
