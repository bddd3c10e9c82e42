// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/chat_rows.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/data/encode/truncation.h"
#include "core/data/read/cell_text.h"
#include "core/data/roles/conversation.h"
#include "core/data/roles/preference_pairs.h"

namespace lathe {
namespace {

using MaybeExample = std::optional<Example>;

bool hasAnswer(const std::vector<ChatMessage>& messages) {
    return std::any_of(messages.begin(), messages.end(), isAnswer);
}

/// ": the roles are User, Assistant" where one of them is not a usual one.
std::string oddRoles(const std::vector<ChatMessage>& messages) {
    constexpr std::size_t kShown = 5, kLongest = 40;  // roles; bytes
    std::vector<std::string> roles;
    bool odd = false;
    for (const ChatMessage& message : messages) {
        std::string role = message.role.size() > kLongest ? "…" : message.role;
        odd = odd || (role != "system" && role != "developer" && role != "user" && role != "tool");
        if (std::find(roles.begin(), roles.end(), role) != roles.end()) continue;
        if (roles.size() <= kShown) roles.push_back(roles.size() < kShown ? std::move(role) : "…");
    }
    if (!odd) return "";
    std::string text;
    for (const std::string& role : roles) text += (text.empty() ? ": the roles are " : ", ") + role;
    return text;
}

std::string whyNoAnswer(const std::vector<ChatMessage>& messages) {
    const auto first = std::find_if(messages.begin(), messages.end(), isAssistant);
    if (first == messages.end()) return "no answer" + oddRoles(messages);
    const bool context = std::any_of(first, messages.end(), [](const ChatMessage& message) {
        return isAssistant(message) && !message.learned;
    });
    return context ? "every answer is marked as context" : "empty answer";
}

/// How many leading tokens end within the prompt's rendering.
std::size_t leadingTokens(const Encoding& encoding, const std::string& text, const std::string& prompt) {
    const auto differ = std::mismatch(text.begin(), text.end(), prompt.begin(), prompt.end());
    const auto bytes = static_cast<std::size_t>(differ.first - text.begin());
    const auto beyond = std::find_if(encoding.offsets.begin(), encoding.offsets.end(),
                                     [&](const TextSpan& span) { return span.end > bytes; });
    return static_cast<std::size_t>(beyond - encoding.offsets.begin());
}

/// Why a row is left out that is too long; a note where it is the base that has no room for it.
std::string beyondRoom(const Recipe& recipe, RowNotes& notes, const std::string& what,
                       const std::string& then = "") {
    if (recipe.data.maxLengthOfBase)
        notes.add("max_length_lowered",
                  "left out, too long for " + roomText(recipe) + ", which is less than data.max_length",
                  "shorten the prompts, or choose a base with a longer context");
    return what + roomText(recipe) + then;
}

std::string noAnswerLeft(const Recipe& recipe, RowNotes& notes) {
    return beyondRoom(recipe, notes, "the prompt alone fills ", ", no answer is left");
}

Conversation joined(const Conversation& prompt, const std::vector<ChatMessage>& answer) {
    Conversation whole = prompt;
    whole.messages.insert(whole.messages.end(), answer.begin(), answer.end());
    return whole;
}

/// What is before the last answer.
RenderedChat beforeAnswer(RenderedChat chat) {
    if (chat.answers.empty()) return {};
    const auto first = std::find_if(chat.answers.begin(), chat.answers.end(), [&](const auto& answer) {
        return answer.message == chat.answers.back().message;
    });
    const std::size_t end = first->begin;
    chat.text.resize(end);
    std::erase_if(chat.plain, [&](const TextSpan& span) { return span.begin >= end; });
    return chat;
}

void setPrompt(Example& example, RenderedChat chat) {
    example.prompt = std::move(chat.text);
    example.promptPlain = std::move(chat.plain);
}

}  // namespace

ChatSettings chatSettingsOf(const DataSettings& data) {
    return {data.chatTemplate, data.splitSpecialTokens};
}

Result<MaybeExample> ChatRows::encode(RowShape shape, const DataRow& row, DataReport& report) const {
    Place place{row, report, {report.notes, recordPlace(row.records, row.record), {}}};
    auto example = shape == RowShape::Conversation ? conversation(place)
                   : shape == RowShape::Preference ? preference(place)
                                                   : prompt(place);
    if (example.ok()) {
        if (example.value()) example.value()->line = row.record.line;
        return example;
    }
    Error error = example.error();
    // What a template itself refuses (turns that do not alternate, …) is a fault of the row alone.
    if (error.code == ErrorCode::DataInvalid && error.place.starts_with(kTemplatePlace)) {
        const bool named = error.message.starts_with("the chat template");
        drop(report, row.records, row.record,
             (named ? "" : "the chat template refuses it: ") + error.message);
        return MaybeExample();
    }
    if (error.place.empty() || error.place.starts_with(kTemplatePlace)) {
        error.message += error.place.empty() ? "" : " (" + error.place + ")";
        error.place = place.notes.place;
    }
    return error;
}

Result<MaybeExample> ChatRows::conversation(Place& place) const {
    const DataRow& row = place.row;
    LATHE_TRY(auto given, conversationOf(row.records, row.record, row.columns));
    const auto dropped = [&](const std::string& why) {
        drop(place.report, row.records, row.record, why);
        return MaybeExample();
    };
    LATHE_TRY(Conversation whole, fitted(std::move(given), m_format, place.notes));
    if (!hasAnswer(whole.messages)) return dropped(whyNoAnswer(whole.messages));
    LATHE_TRY(RenderedChat chat, m_format.render(whole, false));
    noteRendering(whole, chat, place.notes);
    Encoding encoding = encodeChat(m_tokenizer, chat);
    const std::size_t maxLength = maxLengthOf(m_recipe);
    countLength(place.report, encoding.ids.size());

    Example example;
    example.targets = targetsOf(encoding, chat, m_recipe.data.lossOn == "all");
    const bool tooLong = encoding.ids.size() > maxLength;
    if (tooLong) {
        encoding.ids.resize(maxLength);
        encoding.typeIds.resize(maxLength);
        example.targets.resize(maxLength);
    }
    if (!hasTarget(example.targets))
        return dropped(tooLong ? noAnswerLeft(m_recipe, place.notes) : "no token of the answer is left");
    place.report.cut += tooLong;
    example.ids = std::move(encoding.ids);
    example.typeIds = std::move(encoding.typeIds);
    example.text = chat.text;
    while (!isAssistant(whole.messages.back())) whole.messages.pop_back();
    whole.messages.pop_back();
    // Some templates refuse the prompt alone, or write nothing of what begins a conversation without a turn.
    auto asked = m_format.render(whole, true);
    setPrompt(example, asked.ok() && !whole.messages.empty() ? std::move(asked.value())
                                                             : beforeAnswer(std::move(chat)));
    return MaybeExample(std::move(example));
}

Result<AnsweredPrompt> ChatRows::answered(const Conversation& prompt, const std::string& promptText,
                                          const std::vector<ChatMessage>& answer) const {
    AnsweredPrompt row;
    LATHE_TRY(RenderedChat chat, m_format.render(joined(prompt, answer), false));
    // Answers within the prompt are not what the two are compared by.
    std::erase_if(chat.answers, [&](const auto& known) { return known.message < prompt.messages.size(); });
    row.encoding = encodeChat(m_tokenizer, chat);
    const auto cls = m_tokenizer.specialTokens().cls;
    if (m_recipe.task == kRewardTask && cls && (row.encoding.ids.empty() || row.encoding.ids.front() != *cls))
        row.encoding = m_tokenizer.encode(chat.text, true, chat.plain);
    row.tokens = row.encoding.ids.size();
    row.promptTokens = leadingTokens(row.encoding, chat.text, promptText);
    truncate(row.encoding, maxLengthOf(m_recipe), m_tokenizer);
    row.targets = targetsOf(row.encoding, chat, false);
    row.text = std::move(chat.text);
    return row;
}

Result<MaybeExample> ChatRows::preference(Place& place) const {
    const DataRow& row = place.row;
    LATHE_TRY(Preference pair, preferenceOf(row.records, row.record, row.columns));
    const auto dropped = [&](const std::string& why) {
        drop(place.report, row.records, row.record, why);
        return MaybeExample();
    };
    for (std::vector<ChatMessage>* side : {&pair.prompt.messages, &pair.chosen, &pair.rejected}) {
        // Tools are a matter of the prompt.
        Conversation part(std::move(*side), side == &pair.prompt.messages ? pair.prompt.tools : nullptr);
        LATHE_TRY(part, fitted(std::move(part), m_format, place.notes));
        *side = std::move(part.messages);
        if (side == &pair.prompt.messages) pair.prompt.tools = std::move(part.tools);
    }
    if (!hasAnswer(pair.chosen)) return dropped("chosen answer: " + whyNoAnswer(pair.chosen));
    if (!hasAnswer(pair.rejected)) return dropped("rejected answer: " + whyNoAnswer(pair.rejected));
    Example example;
    LATHE_TRY(example.margin, marginOf(row.records, row.record, row.columns));
    LATHE_TRY(RenderedChat asked, m_format.render(pair.prompt, true));
    setPrompt(example, std::move(asked));
    LATHE_TRY(AnsweredPrompt chosen, answered(pair.prompt, example.prompt, pair.chosen));
    LATHE_TRY(AnsweredPrompt rejected, answered(pair.prompt, example.prompt, pair.rejected));
    if (chosen.text == rejected.text) return dropped("the chosen and the rejected answer are the same");
    countLength(place.report, std::max(chosen.tokens, rejected.tokens));

    // Where the tokenizer writes the prompt differently before the two answers, both begin there.
    const auto& ids = chosen.encoding.ids;
    const auto& others = rejected.encoding.ids;
    const auto differ = std::mismatch(ids.begin(), ids.end(), others.begin(), others.end());
    const std::size_t shared = std::min(
        {static_cast<std::size_t>(differ.first - ids.begin()), chosen.promptTokens, rejected.promptTokens});
    for (AnsweredPrompt* side : {&chosen, &rejected})
        for (std::size_t i = shared; i < std::min(side->promptTokens, side->targets.size()); ++i)
            side->targets[i] = side->encoding.ids[i];
    if (!hasTarget(chosen.targets) || !hasTarget(rejected.targets))
        return dropped(noAnswerLeft(m_recipe, place.notes));
    if (ids == others) return dropped(beyondRoom(m_recipe, place.notes, "the answers differ only beyond "));
    place.report.cut += chosen.tokens > ids.size() || rejected.tokens > others.size();
    example.promptLength = static_cast<int64_t>(shared);
    example.ids = std::move(chosen.encoding.ids);
    example.typeIds = std::move(chosen.encoding.typeIds);
    example.targets = std::move(chosen.targets);
    example.text = std::move(chosen.text);
    example.rejected = {std::move(rejected.encoding.ids), std::move(rejected.encoding.typeIds),
                        std::move(rejected.targets), std::move(rejected.text)};
    return MaybeExample(std::move(example));
}

Result<MaybeExample> ChatRows::prompt(Place& place) const {
    const DataRow& row = place.row;
    LATHE_TRY(auto given, turnsBeforeAnswer(row.records, row.record, row.columns));
    std::vector<ChatMessage>& messages = given.messages;
    Example example;
    if (const auto column = row.columns.find("answer"); column != row.columns.end())
        example.answer = cellText(row.record.values[column->second]);
    // A conversation that is answered already is a prompt up to its last answer.
    for (; !messages.empty() && isAssistant(messages.back()); messages.pop_back())
        if (example.answer.empty()) example.answer = messages.back().content;
    const auto dropped = [&](const std::string& why) {
        drop(place.report, row.records, row.record, why);
        return MaybeExample();
    };
    if (messages.empty() || isBlank(messages.back().content)) return dropped("empty prompt");
    example.text = messages.back().content;
    LATHE_TRY(const Conversation asked, fitted(std::move(given), m_format, place.notes));
    LATHE_TRY(RenderedChat chat, m_format.render(asked, true));
    noteRendering(asked, chat, place.notes);
    example.ids = encodeChat(m_tokenizer, chat).ids;
    setPrompt(example, std::move(chat));
    countLength(place.report, example.ids.size());
    if (example.ids.size() > maxLengthOf(m_recipe))
        return dropped(beyondRoom(m_recipe, place.notes, "the prompt is longer than "));
    return MaybeExample(std::move(example));
}

}  // namespace lathe
