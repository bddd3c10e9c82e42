// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat_format.h"

#include <algorithm>
#include <array>

#include "core/tokenizer/unicode.h"

namespace lathe {
namespace {

struct TurnTexts {
    std::string_view opening = {}, ending = {}, after = {};
};

/// A format as the table below tells it. "{eos}" stands for the model's end token.
struct Description {
    std::string_view name;
    std::array<std::string_view, 2> marks = {};   ///< all of them stand in a template of this format …
    std::array<std::string_view, 2> others = {};  ///< … and none of these
    TurnTexts system = {}, user = {}, assistant = {};
    std::string_view generation = {};  ///< opens the next answer
    std::string_view stop = {};        ///< the token that ends an answer
    bool startsWithBos = false;
    bool endsWithEos = false;   ///< after the last turn, unless an answer is to follow
    bool strips = false;        ///< contents lose the white space at their ends
    bool mergesSystem = false;  ///< system text opens the first user turn
    std::string_view withoutSystem = {};
};

/// All formats. The first whose marks fit a model's template is taken, so the more special ones come first.
constexpr std::array kFormats = {
    Description{.name = "chatml",
                .marks = {"<|im_start|>", "<|im_end|>"},
                .others = {"<|im_sep|>"},
                .system = {"<|im_start|>system\n", "<|im_end|>", "\n"},
                .user = {"<|im_start|>user\n", "<|im_end|>", "\n"},
                .assistant = {"<|im_start|>assistant\n", "<|im_end|>", "\n"},
                .generation = "<|im_start|>assistant\n",
                .stop = "<|im_end|>"},
    Description{.name = "llama3",
                .marks = {"<|start_header_id|>"},
                .system = {"<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>", ""},
                .user = {"<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>", ""},
                .assistant = {"<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>", ""},
                .generation = "<|start_header_id|>assistant<|end_header_id|>\n\n",
                .stop = "<|eot_id|>",
                .startsWithBos = true,
                .strips = true},
    Description{.name = "gemma",
                .marks = {"<start_of_turn>", "<end_of_turn>"},
                .user = {"<start_of_turn>user\n", "<end_of_turn>", "\n"},
                .assistant = {"<start_of_turn>model\n", "<end_of_turn>", "\n"},
                .generation = "<start_of_turn>model\n",
                .stop = "<end_of_turn>",
                .startsWithBos = true,
                .strips = true,
                .mergesSystem = true},
    Description{.name = "phi",
                .marks = {"<|user|>", "<|end|>"},
                .system = {"<|system|>\n", "<|end|>", "\n"},
                .user = {"<|user|>\n", "<|end|>", "\n"},
                .assistant = {"<|assistant|>\n", "<|end|>", "\n"},
                .generation = "<|assistant|>\n",
                .stop = "<|end|>",
                .endsWithEos = true},
    Description{.name = "zephyr",
                .marks = {"<|user|>", "eos_token"},
                .system = {"<|system|>\n", "{eos}", "\n"},
                .user = {"<|user|>\n", "{eos}", "\n"},
                .assistant = {"<|assistant|>\n", "{eos}", "\n"},
                .generation = "<|assistant|>\n",
                .stop = "{eos}"},
    Description{.name = "mistral",
                .marks = {"[INST]", "[/INST]"},
                .others = {"<<SYS>>", "[SYSTEM_PROMPT]"},
                .user = {"[INST] ", " [/INST]", ""},
                .assistant = {" ", "{eos}", ""},
                .stop = "{eos}",
                .startsWithBos = true,
                .mergesSystem = true},
    Description{.name = "alpaca",
                .marks = {"### Instruction:", "### Response:"},
                .user = {"\n\n### Instruction:\n", "\n\n### Response:\n", ""},
                .assistant = {"", "{eos}", ""},
                .withoutSystem =
                    "Below is an instruction that describes a task. Write a response that appropriately "
                    "completes the request."},
    Description{
        .name = "plain", .system = {"", "\n", ""}, .user = {"", "\n", ""}, .assistant = {"", "{eos}", ""}},
    Description{.name = "none"}};

constexpr std::string_view kLlama31Dates = "Cutting Knowledge Date: December 2023";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// White space as Python, and so a Jinja template's `trim`, has it.
bool isTrimmed(char32_t c) {
    return tok::isWhitespace(c) || (c >= 0x1C && c <= 0x1F);
}

std::string strip(std::string_view text) {
    while (!text.empty()) {
        std::size_t at = 0;
        if (!isTrimmed(tok::nextCodePoint(text, at))) break;
        text.remove_prefix(at);
    }
    while (!text.empty()) {
        const std::size_t last = tok::previousCharacter(text, text.size());
        std::size_t at = last;
        if (!isTrimmed(tok::nextCodePoint(text, at))) break;
        text.remove_suffix(text.size() - last);
    }
    return std::string(text);
}

std::string textOf(const Tokenizer& tokenizer, std::optional<int32_t> id) {
    return id ? tokenizer.piece(*id) : std::string();
}

std::string withEos(std::string_view from, const std::string& eos) {
    std::string text(from);
    constexpr std::string_view kPlace = "{eos}";
    if (const auto at = text.find(kPlace); at != std::string::npos) text.replace(at, kPlace.size(), eos);
    return text;
}

std::string allNames() {
    std::string names;
    for (const Description& known : kFormats) (names += names.empty() ? "" : ", ") += known.name;
    return names;
}

bool fits(const Description& format, const std::string& chatTemplate) {
    const auto isThere = [&](std::string_view mark) { return contains(chatTemplate, mark); };
    const auto isForeign = [&](std::string_view mark) { return !mark.empty() && isThere(mark); };
    return !format.marks[0].empty() && std::all_of(format.marks.begin(), format.marks.end(), isThere) &&
           std::none_of(format.others.begin(), format.others.end(), isForeign);
}

/// The system text that a ChatML template writes on its own: a literal between its marks, with no expression.
std::string defaultSystemOf(const std::string& chatTemplate) {
    for (const std::string_view opening : {"<|im_start|>system\n", "<|im_start|>system\\n"}) {
        for (auto at = chatTemplate.find(opening); at != std::string::npos;
             at = chatTemplate.find(opening, at + 1)) {
            const auto begin = at + opening.size();
            const auto end = chatTemplate.find("<|im_end|>", begin);
            if (end == std::string::npos) break;
            const std::string text = chatTemplate.substr(begin, end - begin);
            if (text.find_first_of("'\"{}\\") == std::string::npos) return text;
        }
    }
    return {};
}

/// The beginning of a template on one line, whole characters only.
std::string beginningOf(const std::string& chatTemplate) {
    constexpr std::size_t kShown = 160;
    std::string shown = chatTemplate.substr(0, kShown);
    if (shown.size() < chatTemplate.size()) {
        while (!shown.empty() && tok::isContinuation(chatTemplate[shown.size()])) shown.pop_back();
        shown += "…";
    }
    std::replace_if(shown.begin(), shown.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
    return shown;
}

/// Whether a text of a base model begins with its start token.
bool tokenizerAddsBos(const Tokenizer& tokenizer) {
    const auto start = tokenizer.encode("", true).ids;
    const auto bos = tokenizer.specialTokens().bos;
    return bos && !start.empty() && start.front() == *bos;
}

}  // namespace

Result<ChatFormat> ChatFormat::named(const std::string& name, const Tokenizer& tokenizer) {
    const auto known =
        std::find_if(kFormats.begin(), kFormats.end(), [&](const auto& d) { return d.name == name; });
    if (known == kFormats.end())
        return Error{ErrorCode::Unsupported, "the chat format \"" + name + "\" is not known", "",
                     "use one of auto, " + allNames()};
    const SpecialTokens& specials = tokenizer.specialTokens();
    const std::string& chatTemplate = tokenizer.chatTemplate();
    const bool own = fits(*known, chatTemplate);  // then the model's template has a say in details
    std::string eos = textOf(tokenizer, specials.eos);
    if (eos.empty() && !known->stop.empty()) eos = "</s>";

    ChatFormat format;
    format.m_name = name;
    const auto turn = [&](const TurnTexts& from) {
        return ChatTurn{withEos(from.opening, eos), withEos(from.ending, eos), withEos(from.after, eos)};
    };
    format.m_system = turn(known->system);
    format.m_user = turn(known->user);
    format.m_assistant = turn(known->assistant);
    format.m_generation = known->generation;
    format.m_withoutSystem = known->withoutSystem;
    format.m_strips = known->strips;
    format.m_mergesSystem = known->mergesSystem;
    // Formats with no stop token of their own go with base models: the text begins as the tokenizer begins
    // one.
    const bool bos = known->stop.empty() ? tokenizerAddsBos(tokenizer)
                     : own               ? contains(chatTemplate, "bos_token")
                                         : known->startsWithBos;
    if (bos) format.m_bos = textOf(tokenizer, specials.bos);
    if (known->endsWithEos && (!own || contains(chatTemplate, "eos_token"))) format.m_finish = eos;
    if (name == "chatml")
        if (const std::string text = defaultSystemOf(chatTemplate); !text.empty())
            format.m_withoutSystem =
                format.m_system.opening + text + format.m_system.ending + format.m_system.after;
    if (name == "llama3" && contains(chatTemplate, kLlama31Dates)) {
        format.m_systemPrefix = kLlama31Dates;
        format.m_systemPrefix += "\nToday Date: 26 Jul 2024\n\n";
        format.m_withoutSystem = format.m_system.opening + format.m_systemPrefix + format.m_system.ending;
    }
    // From its third version on Mistral's closing mark has no space before it.
    if (name == "mistral" && own && !contains(chatTemplate, " [/INST]")) format.m_user.ending = "[/INST]";

    if (const std::string stop = withEos(known->stop, eos); !stop.empty()) {
        const auto id = tokenizer.idOf(stop);
        if (!id)
            return Error{
                ErrorCode::ModelMismatch,
                "the chat format \"" + name + "\" needs the token " + stop + ", which the base does not have",
                "", "use the format plain or alpaca for this base"};
        format.m_stopIds.push_back(*id);
    }
    if (specials.eos && (format.m_stopIds.empty() || format.m_stopIds.front() != *specials.eos))
        format.m_stopIds.push_back(*specials.eos);
    return format;
}

Result<ChatFormat> ChatFormat::detect(const Tokenizer& tokenizer) {
    const std::string& text = tokenizer.chatTemplate();
    if (text.empty()) return named("plain", tokenizer);
    for (const Description& known : kFormats)
        if (fits(known, text)) return named(std::string(known.name), tokenizer);
    return Error{ErrorCode::Unsupported,
                 "the model's own chat template is not one that Lathe knows; it begins: " + beginningOf(text),
                 "", "choose the format: data.template: NAME, one of " + allNames()};
}

/// Stripped contents, and the system text where the format has it.
std::vector<ChatMessage> ChatFormat::arranged(std::vector<ChatMessage> messages) const {
    if (m_strips)
        for (auto& message : messages)
            if (message.role != "system" || !m_mergesSystem) message.content = strip(message.content);
    for (std::size_t i = 0; m_mergesSystem && i < messages.size(); ++i) {
        if (messages[i].role != "system") continue;
        messages[i].role = "user";
        if (i + 1 == messages.size() || messages[i + 1].role != "user") continue;
        messages[i].content += "\n\n" + messages[i + 1].content;
        messages.erase(messages.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
    return messages;
}

std::vector<ChatPart> ChatFormat::render(std::vector<ChatMessage> messages, bool forGeneration) const {
    messages = arranged(std::move(messages));
    std::vector<ChatPart> parts;
    // Text that is not learnt grows the part before it; every answer is a part of its own.
    const auto text = [&](const std::string& more) {
        if (more.empty()) return;
        if (parts.empty() || parts.back().answer) parts.push_back({});
        parts.back().text += more;
    };
    text(m_bos);
    const bool startsWithSystem = !messages.empty() && messages.front().role == "system";
    if (!messages.empty() && !startsWithSystem) text(m_withoutSystem);
    for (const ChatMessage& message : messages) {
        const bool answer = message.role == "assistant";
        const ChatTurn& turn = answer ? m_assistant : message.role == "system" ? m_system : m_user;
        text(turn.opening);
        if (startsWithSystem && &message == &messages.front()) text(m_systemPrefix);
        if (answer)
            parts.push_back({message.content + turn.ending, true});
        else
            text(message.content + turn.ending);
        text(turn.after);
    }
    text(forGeneration ? m_generation : m_finish);
    return parts;
}

}  // namespace lathe
