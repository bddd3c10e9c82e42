// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/preference_pairs.h"

#include <algorithm>
#include <tuple>

#include "core/base/ascii.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"
#include "core/data/roles/conversation.h"

namespace lathe {
namespace {

struct Mark {
    std::string_view text;
    const char* role;
};
constexpr Mark kMarks[] = {{"Human:", "user"}, {"Assistant:", "assistant"}};

const Mark* markAt(std::string_view text) {
    for (const Mark& mark : kMarks)
        if (text.starts_with(mark.text)) return &mark;
    return nullptr;
}

/// Turns of a text like "\n\nHuman: …\n\nAssistant: …"; none when it does not begin so. An answer that is
/// still to be written, at the end, is left out.
std::vector<ChatMessage> dialogueOf(std::string_view text) {
    std::vector<ChatMessage> turns;
    text.remove_prefix(std::min(text.find_first_not_of(" \r\n"), text.size()));
    while (const Mark* mark = markAt(text)) {
        text.remove_prefix(mark->text.size());
        std::size_t end = text.find("\n\n");
        while (end != std::string_view::npos && !markAt(text.substr(end + 2)))
            end = text.find("\n\n", end + 1);
        turns.push_back({mark->role, std::string(trimmed(text.substr(0, end)))});
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 2);
    }
    if (!turns.empty() && turns.back().role == "assistant" && turns.back().content.empty()) turns.pop_back();
    return turns;
}

/// A text's messages when it is a dialogue or JSON, else none.
std::vector<ChatMessage> messagesInText(const std::string& text, const std::string& place) {
    if (text.starts_with('[') || text.starts_with('{')) {
        auto listed = messagesOf(OrderedJson(text), place);
        return listed.ok() ? std::move(listed).value() : std::vector<ChatMessage>();
    }
    return dialogueOf(text);
}

bool isWordByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// How many bytes two texts share at their beginning: whole characters and words, the space before an answer
/// left to it, and never all of either text.
std::size_t sharedBytes(const std::string& a, const std::string& b) {
    const std::size_t shortest = std::min(a.size(), b.size());
    const auto differ =
        std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(shortest), b.begin());
    auto at = static_cast<std::size_t>(differ.first - a.begin());
    const auto splitsCharacter = [](const std::string& text, std::size_t cut) {
        return cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80;
    };
    const auto splitsWord = [](const std::string& text, std::size_t cut) {
        return cut < text.size() && isWordByte(text[cut - 1]) && isWordByte(text[cut]);
    };
    if (at > 0 && at == shortest) --at;
    while (at > 0 &&
           (splitsCharacter(a, at) || splitsCharacter(b, at) || splitsWord(a, at) || splitsWord(b, at)))
        --at;
    if (at > 0 && a[at - 1] == ' ') --at;
    return at;
}

/// Moves the messages that both answers begin with to the prompt; each keeps one at least.
void shareBeginning(Preference& row) {
    const std::size_t most = std::min(row.chosen.size(), row.rejected.size());
    std::size_t shared = 0;
    const auto same = [&](std::size_t i) {
        return row.chosen[i].role == row.rejected[i].role &&
               row.chosen[i].content == row.rejected[i].content && row.chosen[i].more == row.rejected[i].more;
    };
    while (shared + 1 < most && same(shared)) ++shared;
    const auto end = row.chosen.begin() + static_cast<std::ptrdiff_t>(shared);
    row.prompt.messages.insert(row.prompt.messages.end(), std::make_move_iterator(row.chosen.begin()),
                               std::make_move_iterator(end));
    row.chosen.erase(row.chosen.begin(), end);
    row.rejected.erase(row.rejected.begin(), row.rejected.begin() + static_cast<std::ptrdiff_t>(shared));
}

bool isConversation(const std::vector<ChatMessage>& turns) {
    return !turns.empty() && turns.front().role != "assistant";
}

/// Answers that are whole conversations say again what a prompt column says; only a system text stands alone.
void dropRepeatedPrompt(Preference& row) {
    if (!isConversation(row.chosen) || !isConversation(row.rejected)) return;
    const bool ownSystem = row.chosen.front().role == "system" || row.rejected.front().role == "system";
    std::erase_if(row.prompt.messages,
                  [&](const ChatMessage& turn) { return ownSystem || turn.role != "system"; });
}

Result<Conversation> promptOf(const RecordSet& records, const Record& record, const ColumnMap& columns) {
    LATHE_TRY(auto prompt, turnsBeforeAnswer(records, record, columns));
    std::vector<ChatMessage>& messages = prompt.messages;
    if (messages.empty() || messages.back().role != "user") return prompt;
    if (isBlank(messages.back().content)) {
        messages.pop_back();
        return prompt;
    }
    const auto column = columns.find("prompt");
    if (column == columns.end() || !record.values[column->second].is_string()) return prompt;
    auto turns = messagesInText(messages.back().content, recordPlace(records, record));
    if (turns.empty()) return prompt;
    messages.pop_back();
    for (auto& turn : turns) messages.push_back(std::move(turn));
    return prompt;
}

/// Two answers that are texts; `asked` when the row has a prompt of its own.
void takeTexts(std::string chosen, std::string rejected, bool asked, const std::string& place,
               Preference& row) {
    row.chosen = messagesInText(chosen, place);
    row.rejected = messagesInText(rejected, place);
    if (!row.chosen.empty() && !row.rejected.empty()) return;
    const std::size_t shared = asked ? 0 : sharedBytes(chosen, rejected);
    if (shared > 0) row.prompt.messages.push_back({"user", chosen.substr(0, shared)});
    row.chosen = {{"assistant", chosen.substr(shared)}};
    row.rejected = {{"assistant", rejected.substr(shared)}};
}

Result<std::vector<ChatMessage>> answerOf(const OrderedJson& cell, const std::string& place) {
    if (cell.is_structured()) return messagesOf(cell, place);
    return std::vector<ChatMessage>{{"assistant", cellText(cell)}};
}

}  // namespace

Result<Preference> preferenceOf(const RecordSet& records, const Record& record, const ColumnMap& columns) {
    const std::string place = recordPlace(records, record);
    const OrderedJson& chosen = record.values[columns.at("chosen")];
    const OrderedJson& rejected = record.values[columns.at("rejected")];
    Preference row;
    LATHE_TRY(row.prompt, promptOf(records, record, columns));
    if (chosen.is_structured() || rejected.is_structured()) {
        LATHE_TRY(row.chosen, answerOf(chosen, place));
        LATHE_TRY(row.rejected, answerOf(rejected, place));
    } else {
        const bool asked = std::any_of(row.prompt.messages.begin(), row.prompt.messages.end(),
                                       [](const ChatMessage& turn) { return turn.role != "system"; });
        takeTexts(cellText(chosen), cellText(rejected), asked, place, row);
    }
    const auto& [whole, answer] =
        isConversation(row.chosen) ? std::tie(row.chosen, row.rejected) : std::tie(row.rejected, row.chosen);
    if (isConversation(whole) && !isConversation(answer) && !answer.empty() &&
        !isBlank(answer.front().content))
        return Error{ErrorCode::DataInvalid,
                     "one of the two answers is a whole conversation, the other is not", place,
                     "write both as conversations, or both as answers to the prompt"};
    dropRepeatedPrompt(row);
    shareBeginning(row);
    return row;
}

Result<double> marginOf(const RecordSet& records, const Record& record, const ColumnMap& columns) {
    const auto column = columns.find("margin");
    if (column == columns.end()) return 0.0;
    const std::string text = labelText(record.values[column->second]);
    if (const auto margin = numberOf(text)) return *margin;
    return Error{ErrorCode::DataInvalid, "the margin \"" + text + "\" is not a number",
                 recordPlace(records, record),
                 "write by how much the chosen answer is better, 0 where that is not known"};
}

}  // namespace lathe
