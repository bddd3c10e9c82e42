// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat_format.h"

#include <algorithm>

namespace lathe {
namespace {

constexpr std::string_view kAlpacaOpening =
    "Below is an instruction that describes a task. Write a response that appropriately completes the "
    "request.";
constexpr std::string_view kLlama31Dates = "Cutting Knowledge Date: December 2023";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string strip(const std::string& text) {
    constexpr const char* kSpaces = " \t\n\r\f\v";
    const auto begin = text.find_first_not_of(kSpaces);
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

std::string textOf(const Tokenizer& tokenizer, std::optional<int32_t> id) {
    return id ? tokenizer.piece(*id) : std::string();
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

}  // namespace

Result<ChatFormat> ChatFormat::named(const std::string& name, const Tokenizer& tokenizer) {
    ChatFormat format;
    format.m_name = name;
    const SpecialTokens& specials = tokenizer.specialTokens();
    format.m_eos = textOf(tokenizer, specials.eos);
    std::string stop;
    const std::string& chatTemplate = tokenizer.chatTemplate();
    if (name == "chatml") {
        stop = "<|im_end|>";
        format.m_defaultSystem = defaultSystemOf(chatTemplate);
    } else if (name == "llama3") {
        stop = "<|eot_id|>";
        format.m_bos = textOf(tokenizer, specials.bos);
        if (contains(chatTemplate, kLlama31Dates)) {
            format.m_systemPrefix = kLlama31Dates;
            format.m_systemPrefix += "\nToday Date: 26 Jul 2024\n\n";
        }
    } else if (name == "zephyr") {
        stop = format.m_eos.empty() ? "</s>" : format.m_eos;
    } else if (name == "alpaca" || name == "plain" || name == "none") {
        // These go with base models: the text begins as the tokenizer begins one.
        const auto start = tokenizer.encode("", true).ids;
        if (!start.empty() && specials.bos && start.front() == *specials.bos)
            format.m_bos = textOf(tokenizer, specials.bos);
        if (name == "none") format.m_eos.clear();
    } else {
        return Error{ErrorCode::Unsupported, "the chat format \"" + name + "\" is not known", "",
                     "use one of auto, chatml, llama3, zephyr, alpaca, plain, none"};
    }
    if (!stop.empty()) {
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
    if (contains(text, "<|im_start|>")) return named("chatml", tokenizer);
    if (contains(text, "<|start_header_id|>")) return named("llama3", tokenizer);
    if (contains(text, "<|user|>") && contains(text, "eos_token")) return named("zephyr", tokenizer);
    if (contains(text, "### Instruction:")) return named("alpaca", tokenizer);
    return Error{ErrorCode::Unsupported, "the model's own chat template is not one that Lathe knows", "",
                 "name a format: data.template = chatml, llama3, zephyr, alpaca, plain or none"};
}

std::vector<ChatPart> ChatFormat::render(const std::vector<ChatMessage>& messages, bool forGeneration) const {
    std::vector<ChatPart> parts;
    // Text that is not learnt grows the part before it; every answer is a part of its own.
    const auto text = [&](const std::string& more) {
        if (more.empty()) return;
        if (parts.empty() || parts.back().answer) parts.push_back({});
        parts.back().text += more;
    };
    const auto turn = [&](const std::string& opening, const ChatMessage& message, const std::string& content,
                          const std::string& ending, const std::string& after) {
        text(opening);
        if (message.role == "assistant")
            parts.push_back({content + ending, true});
        else
            text(content + ending);
        text(after);
    };
    text(m_bos);
    const bool startsWithSystem = !messages.empty() && messages.front().role == "system";
    if (m_name == "chatml") {
        if (!startsWithSystem && !m_defaultSystem.empty() && !messages.empty())
            text("<|im_start|>system\n" + m_defaultSystem + "<|im_end|>\n");
        for (const auto& message : messages)
            turn("<|im_start|>" + message.role + "\n", message, message.content, "<|im_end|>", "\n");
        if (forGeneration) text("<|im_start|>assistant\n");
    } else if (m_name == "llama3") {
        const auto header = [](const std::string& role) {
            return "<|start_header_id|>" + role + "<|end_header_id|>\n\n";
        };
        if (!startsWithSystem && !m_systemPrefix.empty())
            text(header("system") + m_systemPrefix + "<|eot_id|>");
        for (const auto& message : messages) {
            const bool first = &message == &messages.front() && message.role == "system";
            turn(header(message.role) + (first ? m_systemPrefix : ""), message, strip(message.content),
                 "<|eot_id|>", "");
        }
        if (forGeneration) text(header("assistant"));
    } else if (m_name == "zephyr") {
        const std::string ending = m_eos.empty() ? "</s>" : m_eos;
        for (const auto& message : messages)
            turn("<|" + message.role + "|>\n", message, message.content, ending, "\n");
        if (forGeneration) text("<|assistant|>\n");
    } else if (m_name == "alpaca") {
        if (!startsWithSystem) text(std::string(kAlpacaOpening));
        for (const auto& message : messages) {
            if (message.role == "user")
                text("\n\n### Instruction:\n" + message.content + "\n\n### Response:\n");
            else if (message.role == "assistant")
                parts.push_back({message.content + m_eos, true});
            else
                text(message.content);
        }
    } else {
        const std::string after = m_name == "plain" ? "\n" : "";
        for (const auto& message : messages) {
            if (message.role == "assistant")
                parts.push_back({message.content + m_eos, true});
            else
                text(message.content + after);
        }
    }
    return parts;
}

}  // namespace lathe
