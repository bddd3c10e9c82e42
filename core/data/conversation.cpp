// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/conversation.h"

namespace lathe {
namespace {

std::string roleOf(const std::string& name) {
    if (name == "user" || name == "human") return "user";
    if (name == "assistant" || name == "gpt" || name == "chatgpt" || name == "bot" || name == "model")
        return "assistant";
    return name == "system" || name == "developer" ? "system" : "";
}

Error rowFault(const std::string& message, const std::string& place, const std::string& hint = "") {
    return {ErrorCode::DataInvalid, message, place, hint};
}

const Json* member(const Json& object, const char* first, const char* second) {
    for (const char* key : {first, second})
        if (const auto it = object.find(key); it != object.end()) return &*it;
    return nullptr;
}

/// A text, or the text parts of a list like [{"type": "text", "text": "…"}].
Result<std::string> contentOf(const Json& value, const std::string& place) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return std::string();
    if (!value.is_array()) return rowFault("a message's content must be a text", place);
    std::string text;
    for (const auto& part : value) {
        const Json* piece = part.is_object() ? member(part, "text", "content") : nullptr;
        if (!piece || !piece->is_string())
            return rowFault("a message has a part that is no text", place,
                            "pictures and sounds cannot be used here");
        text += piece->get_ref<const std::string&>();
    }
    return text;
}

Result<ChatMessage> messageOf(const Json& turn, const std::string& place) {
    const Json* role = turn.is_object() ? member(turn, "role", "from") : nullptr;
    const Json* content = turn.is_object() ? member(turn, "content", "value") : nullptr;
    if (!role || !role->is_string() || !content)
        return rowFault("a message needs a role and a content (or from and value)", place);
    ChatMessage message;
    message.role = roleOf(role->get_ref<const std::string&>());
    if (message.role.empty())
        return rowFault("the role \"" + role->get_ref<const std::string&>() + "\" is not known", place,
                        "roles are system, user (human) and assistant (gpt)");
    LATHE_TRY(message.content, contentOf(*content, place));
    return message;
}

/// Alpaca's earlier turns: [["question", "answer"], …].
Result<void> addHistory(const Json& history, const std::string& place, std::vector<ChatMessage>& messages) {
    if (history.is_null() || history == "") return {};
    if (!history.is_array()) return rowFault("the history must be a list of [question, answer] pairs", place);
    for (const auto& pair : history) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
            return rowFault("the history must be a list of [question, answer] pairs", place);
        messages.push_back({"user", pair[0].get<std::string>()});
        messages.push_back({"assistant", pair[1].get<std::string>()});
    }
    return {};
}

/// One side of a prompt/completion row: a text is one message of `role`, a list is messages.
Result<void> addSide(const Json& value, const char* role, const std::string& place,
                     std::vector<ChatMessage>& messages) {
    if (!value.is_array()) {
        messages.push_back({role, cellText(value)});
        return {};
    }
    LATHE_TRY(auto turns, messagesOf(value, place));
    for (auto& turn : turns) messages.push_back(std::move(turn));
    return {};
}

const Json* cellOf(const Record& record, const ColumnMap& columns, const char* role) {
    const auto it = columns.find(role);
    return it == columns.end() ? nullptr : &record.values[it->second];
}

}  // namespace

Result<std::vector<ChatMessage>> messagesOf(const Json& cell, const std::string& place) {
    if (cell.is_string()) {
        auto parsed = parseJson(cell.get_ref<const std::string&>(), "", kDataJsonDepth);
        if (!parsed.ok() || !parsed.value().is_structured())
            return rowFault("the conversation must be a list of messages", place);
        return messagesOf(parsed.value(), place);
    }
    std::vector<ChatMessage> messages;
    if (cell.is_object()) {
        LATHE_TRY(auto message, messageOf(cell, place));
        messages.push_back(std::move(message));
        return messages;
    }
    if (!cell.is_array()) return rowFault("the conversation must be a list of messages", place);
    for (const auto& turn : cell) {
        LATHE_TRY(auto message, messageOf(turn, place));
        messages.push_back(std::move(message));
    }
    return messages;
}

Result<std::vector<ChatMessage>> turnsBeforeAnswer(const RecordSet& records, const Record& record,
                                                   const ColumnMap& columns) {
    const std::string place = recordPlace(records, record);
    const auto cell = [&](const char* role) { return cellOf(record, columns, role); };
    std::vector<ChatMessage> messages;
    if (const Json* system = cell("system"); system && !cellText(*system).empty())
        messages.push_back({"system", cellText(*system)});
    for (const char* role : {"messages", "conversations"}) {
        const Json* list = cell(role);
        if (!list) continue;
        LATHE_TRY(auto turns, messagesOf(*list, place));
        for (auto& turn : turns) messages.push_back(std::move(turn));
        return messages;
    }
    if (const Json* history = cell("history")) LATHE_TRY_VOID(addHistory(*history, place, messages));
    const Json* question = cell("instruction") ? cell("instruction") : cell("prompt");
    if (question) LATHE_TRY_VOID(addSide(*question, "user", place, messages));
    if (const Json* input = cell("input"); input && !messages.empty() && !cellText(*input).empty())
        messages.back().content += "\n" + cellText(*input);
    return messages;
}

Result<std::vector<ChatMessage>> conversationOf(const RecordSet& records, const Record& record,
                                                const ColumnMap& columns) {
    LATHE_TRY(auto messages, turnsBeforeAnswer(records, record, columns));
    if (columns.contains("messages") || columns.contains("conversations")) return messages;
    const Json* output = cellOf(record, columns, "output");
    const Json* answer = output ? output : cellOf(record, columns, "completion");
    LATHE_CHECK(answer);
    LATHE_TRY_VOID(addSide(*answer, "assistant", recordPlace(records, record), messages));
    return messages;
}

}  // namespace lathe
