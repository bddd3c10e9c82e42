// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/conversation_fit.h"

#include <algorithm>

#include "core/data/read/lines.h"

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

void fitCalls(ChatMessage& message, RowNotes& notes) {
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

void readRoleAs(ChatMessage& message, const char* role) {
    if (message.givenRole.empty()) message.givenRole = message.role;
    message.role = role;
}

/// OpenAI's calls before there were tool_calls, and their results, in the newer form.
void fitOldCalls(std::vector<ChatMessage>& messages, const ChatFormat& format, RowNotes& notes) {
    if (format.reads("function_call")) return;
    bool any = false;
    for (ChatMessage& message : messages) {
        const auto call = message.more.find("function_call");
        if (call == message.more.end() || !call->is_object() || !call->contains("name")) continue;
        if (message.more.contains("tool_calls")) continue;
        const OrderedJson calls = OrderedJson::array({{{"type", "function"}, {"function", *call}}});
        message.more.erase("function_call");
        message.more["tool_calls"] = calls;
        any = true;
    }
    if (!any) return;
    notes.add("function_call_read", "\"function_call\" of messages is read as \"tool_calls\", its newer form",
              "");
    for (ChatMessage& message : messages)
        if (message.role == "function") readRoleAs(message, "tool");
}

/// A named format knows four roles; a model's own template is given the role as it is.
Result<void> fitRole(ChatMessage& message, const ChatFormat& format, RowNotes& notes) {
    if (!format.isModelsOwn()) {
        if (message.role == "developer") readRoleAs(message, "system");
        if (message.role == "function" || message.role == "ipython") readRoleAs(message, "tool");
        if (!knowsRole(message.role))
            return Error{ErrorCode::DataInvalid,
                         "the role \"" + message.role + "\" is not known to the chat format " + format.name(),
                         notes.place, "roles are system, user (human), assistant (gpt) and tool"};
    }
    if (!message.givenRole.empty())
        notes.add("roles_renamed", "the role \"" + message.givenRole + "\" is read as " + message.role, "");
    return {};
}

bool isMark(const std::string& key) {
    return key == "weight" || key == "train" || key == "training";
}

/// Parts of a content become one text where the format does not read parts; keys of parts that are not used
/// are named.
void fitParts(ChatMessage& message, const ChatFormat& format, RowNotes& notes) {
    const auto content = message.more.find("content");
    if (content == message.more.end()) return;
    const bool readsParts = format.reads("text") || format.reads("type");
    if (content->is_array())
        for (const OrderedJson& part : *content)
            for (const auto& [key, value] : part.items()) {
                if (value.is_null() || key == "type" || key == "kind" || key == "text" || key == "content")
                    continue;
                if (isMark(key))
                    notes.add("marks_unused", "the mark \"" + key + "\" of a part of a content is not used",
                              "mark the whole message, or split it into messages");
                else if (!readsParts || !format.reads(key))
                    notes.add("message_keys_unused",
                              "the key \"" + key + "\" of parts of contents is not used by this chat format",
                              "put what matters into the text of the part");
            }
    if (content->is_array() ? !readsParts : !format.isModelsOwn()) message.more.erase("content");
}

/// Whether the template reads this key, or is given its value under another name (see reasoningKey).
bool isRead(const std::string& key, const ChatMessage& message, const ChatFormat& format) {
    if (format.reads(key)) return true;
    const char* reasoning = reasoningKey(message.more);
    return reasoning && key == reasoning &&
           (format.reads("reasoning_content") ||
            (format.reads("thinking") && !message.more.contains("thinking")));
}

/// Names the keys of a message that are not used.
void noteKeys(ChatMessage& message, const ChatFormat& format, RowNotes& notes) {
    for (const char* mark : {"weight", "train", "training"})
        if (!isAssistant(message) && message.more.erase(mark) > 0)
            notes.add("marks_unused",
                      std::string("the mark \"") + mark + "\" of a message with the role \"" + message.role +
                          "\" is not used: only what the assistant writes is learned",
                      "data.loss_on: all learns the whole conversation");
    for (const auto& [key, value] : message.more.items())
        if (key != "content" && !value.is_null() && !isRead(key, message, format))
            notes.add("message_keys_unused",
                      "the key \"" + key + "\" of messages is not used by this chat format",
                      "put what matters into the content, or " + std::string(kOtherBase));
}

}  // namespace

void RowNotes::add(const std::string& code, const std::string& message, const std::string& hint) {
    if (!said.insert(message).second) return;
    addNote(notes, {code, message, hint, place, 1});
}

Result<Conversation> fitted(Conversation conversation, const ChatFormat& format, RowNotes& notes) {
    if (!conversation.tools.is_null() && !format.reads("tools")) {
        notes.add("columns_unused", "the tools of a row (\"tools\") are not used by this chat format",
                  kOtherBase);
        conversation.tools = nullptr;
    }
    fitOldCalls(conversation.messages, format, notes);
    bool toolTurns = false;
    for (ChatMessage& message : conversation.messages) {
        LATHE_TRY_VOID(fitRole(message, format, notes));
        toolTurns = toolTurns || (message.role == "tool" && !format.isModelsOwn());
        if (!format.reads("tool_calls")) fitCalls(message, notes);
        fitParts(message, format, notes);
        noteKeys(message, format, notes);
    }
    if (toolTurns)
        notes.add("tool_turns",
                  "the chat format has no form for tool results, which are written as other turns",
                  kOtherBase);
    return conversation;
}

void noteRendering(const Conversation& conversation, const RenderedChat& chat, RowNotes& notes) {
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
