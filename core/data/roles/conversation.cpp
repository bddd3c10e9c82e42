// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/conversation.h"

#include <algorithm>

#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"

namespace lathe {
namespace {

/// The role as templates know it; other names stay as they are, for a template that has them. `shareGpt`: the
/// name is that of a ShareGPT turn.
std::string roleOf(const std::string& name, bool shareGpt) {
    if (name == "human") return "user";
    for (const char* known : {"gpt", "chatgpt", "bot", "model", "function_call"})
        if (name == known) return "assistant";
    for (const char* known : {"observation", "function_response"})
        if (name == known) return "tool";
    if (shareGpt && (name == "function" || name == "ipython")) return "tool";
    return name;
}

Error rowFault(const std::string& message, const std::string& place, const std::string& hint = "") {
    return {ErrorCode::DataInvalid, message, place, hint};
}

const OrderedJson* member(const OrderedJson& object, const char* first, const char* second) {
    for (const char* key : {first, second})
        if (const auto it = object.find(key); it != object.end()) return &*it;
    return nullptr;
}

/// A text, or the text parts of a list like [{"type": "text", "text": "…"}].
Result<std::string> contentOf(const OrderedJson& value, const std::string& place) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return std::string();
    if (!value.is_array()) return rowFault("a message's content must be a text", place);
    std::string text;
    for (const auto& part : value) {
        const OrderedJson* piece = part.is_object() ? member(part, "text", "content") : nullptr;
        if (!piece || !piece->is_string()) {
            const OrderedJson* type = part.is_object() ? member(part, "type", "kind") : nullptr;
            const std::string kind =
                type && type->is_string() ? " of the type \"" + type->get<std::string>() + "\"" : "";
            return rowFault("a message has a part" + kind + " that is not text", place,
                            "pictures and sounds cannot be used; leave such rows out");
        }
        text += piece->get_ref<const std::string&>();
    }
    return text;
}

/// Whether the message is marked as context: `weight` 0 (OpenAI, Mistral), `train` or `training` false
/// (Axolotl). Those keys are taken out of `more`, but for those that ask for learning what is not an answer.
Result<void> takeMarks(ChatMessage& message, const std::string& place) {
    if (const auto weight = message.more.find("weight"); weight != message.more.end()) {
        const double value = weight->is_number() ? weight->get<double>() : -1;
        if (value != 0 && value != 1)
            return rowFault("a message's weight must be 0 or 1, not " + dumpJson(*weight), place,
                            "0: not to be learned, 1: to be learned");
        if (value == 0) message.learned = false;
        if (value == 0 || isAssistant(message)) message.more.erase("weight");
    }
    for (const char* key : {"train", "training"}) {
        const auto mark = message.more.find(key);
        if (mark == message.more.end()) continue;
        if (!mark->is_boolean())
            return rowFault(
                std::string("a message's \"") + key + "\" must be true or false, not " + dumpJson(*mark),
                place);
        const bool learned = mark->get<bool>();
        if (!learned) message.learned = false;
        if (!learned || isAssistant(message)) message.more.erase(key);
    }
    return {};
}

/// ShareGPT's function_call: a turn whose text is the call, {"name": …, "arguments": …}, or a list of them.
void takeCall(ChatMessage& message) {
    const auto call = parseOrderedJson(message.content, "", kDataJsonDepth);
    if (!call.ok() || !call.value().is_structured()) return;
    OrderedJson calls = OrderedJson::array();
    const auto add = [&](const OrderedJson& one) {
        if (one.is_object() && one.contains("name"))
            calls.push_back({{"type", "function"}, {"function", one}});
    };
    if (call.value().is_array())
        std::for_each(call.value().begin(), call.value().end(), add);
    else
        add(call.value());
    if (calls.empty()) return;
    message.more["tool_calls"] = std::move(calls);
    message.content.clear();
}

Result<ChatMessage> messageOf(const OrderedJson& turn, const std::string& place) {
    const OrderedJson* role = turn.is_object() ? member(turn, "role", "from") : nullptr;
    const OrderedJson* content = turn.is_object() ? member(turn, "content", "value") : nullptr;
    const bool calls = turn.is_object() && (turn.contains("tool_calls") || turn.contains("function_call"));
    if (!role || !role->is_string() || (!content && !calls))
        return rowFault("a message needs a role and a content (or from and value)", place);
    const auto& name = role->get_ref<const std::string&>();
    ChatMessage message{roleOf(name, !turn.contains("role")), ""};
    if (turn.contains("role") && message.role != name) message.givenRole = name;
    if (message.role.empty()) return rowFault("a message's role is empty", place);
    if (content) {
        LATHE_TRY(message.content, contentOf(*content, place));
    }
    for (const auto& [key, value] : turn.items())
        if (&value != role && &value != content && !value.is_null()) message.more[key] = value;
    if (content && content->is_array()) message.more["content"] = *content;
    if (!content || content->is_null()) message.more["content"] = nullptr;
    if (name == "function_call") takeCall(message);
    LATHE_TRY_VOID(takeMarks(message, place));
    return message;
}

/// Alpaca's earlier turns: [["question", "answer"], …].
Result<void> addHistory(const OrderedJson& history, const std::string& place,
                        std::vector<ChatMessage>& messages) {
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
Result<void> addSide(const OrderedJson& value, const char* role, const std::string& place,
                     std::vector<ChatMessage>& messages) {
    if (!value.is_array()) {
        messages.push_back({role, cellText(value)});
        return {};
    }
    LATHE_TRY(auto turns, messagesOf(value, place));
    for (auto& turn : turns) messages.push_back(std::move(turn));
    return {};
}

/// A list of tools or one of them, as JSON or as JSON text; null where there are none.
Result<OrderedJson> toolsOf(const OrderedJson& cell, const std::string& place) {
    if (cell.is_string()) {
        if (trimmed(cell.get_ref<const std::string&>()).empty()) return OrderedJson();
        auto parsed = parseOrderedJson(cell.get_ref<const std::string&>(), "", kDataJsonDepth);
        if (!parsed.ok() || parsed.value().is_string())
            return rowFault("the tools must be a list of tool descriptions", place, "write them as JSON");
        return toolsOf(parsed.value(), place);
    }
    if (cell.is_object()) return OrderedJson(OrderedJson::array({cell}));
    if (!cell.is_null() && !cell.is_array())
        return rowFault("the tools must be a list of tool descriptions", place);
    return cell.empty() ? OrderedJson() : cell;
}

const OrderedJson* cellOf(const Record& record, const ColumnMap& columns, const char* role) {
    const auto it = columns.find(role);
    return it == columns.end() ? nullptr : &record.values[it->second];
}

}  // namespace

Result<std::vector<ChatMessage>> messagesOf(const OrderedJson& cell, const std::string& place) {
    if (cell.is_string()) {
        auto parsed = parseOrderedJson(cell.get_ref<const std::string&>(), "", kDataJsonDepth);
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

Result<Conversation> turnsBeforeAnswer(const RecordSet& records, const Record& record,
                                       const ColumnMap& columns) {
    const std::string place = recordPlace(records, record);
    const auto cell = [&](const char* role) { return cellOf(record, columns, role); };
    Conversation row;
    if (const OrderedJson* tools = cell("tools")) {
        LATHE_TRY(row.tools, toolsOf(*tools, place));
    }
    if (const OrderedJson* system = cell("system"); system && !cellText(*system).empty())
        row.messages.push_back({"system", cellText(*system)});
    for (const char* role : {"messages", "conversations"}) {
        const OrderedJson* list = cell(role);
        if (!list) continue;
        LATHE_TRY(auto turns, messagesOf(*list, place));
        for (auto& turn : turns) row.messages.push_back(std::move(turn));
        return row;
    }
    if (const OrderedJson* history = cell("history"))
        LATHE_TRY_VOID(addHistory(*history, place, row.messages));
    const OrderedJson* question = cell("instruction") ? cell("instruction") : cell("prompt");
    if (question) LATHE_TRY_VOID(addSide(*question, "user", place, row.messages));
    if (const OrderedJson* input = cell("input"); input && !row.messages.empty() && !cellText(*input).empty())
        row.messages.back().content += "\n" + cellText(*input);
    return row;
}

Result<Conversation> conversationOf(const RecordSet& records, const Record& record,
                                    const ColumnMap& columns) {
    LATHE_TRY(auto row, turnsBeforeAnswer(records, record, columns));
    if (columns.contains("messages") || columns.contains("conversations")) return row;
    const OrderedJson* output = cellOf(record, columns, "output");
    const OrderedJson* answer = output ? output : cellOf(record, columns, "completion");
    LATHE_CHECK(answer);
    LATHE_TRY_VOID(addSide(*answer, "assistant", recordPlace(records, record), row.messages));
    return row;
}

}  // namespace lathe
