// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat/chat_format.h"

#include <algorithm>

#include "core/tokenizer/chat/answer_finder.h"
#include "core/tokenizer/chat/named_formats.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxRendered = 4u << 20;  ///< bytes of one conversation

/// The message as transformers gives it to a template: keys without a value are left out, and the reasoning
/// has the names that templates read it by (_alias_reasoning_fields).
OrderedJson messageJson(const ChatMessage& message) {
    OrderedJson given = {{"role", message.role}, {"content", message.content}};
    for (const auto& [key, value] : message.more.items()) given[key] = value;
    OrderedJson json = OrderedJson::object();
    const char* reasoning = reasoningKey(message.more);
    if (reasoning) json["thinking"] = given[reasoning];
    for (const auto& [key, value] : given.items())
        if (!value.is_null()) json[key] = value;
    if (reasoning) json["reasoning_content"] = given[reasoning];
    return json;
}

/// Spellings of the special tokens by the names that templates know them by; those that are not set are
/// undefined.
OrderedJson specialVariables(const Tokenizer& tokenizer) {
    OrderedJson variables = OrderedJson::object();
    const SpecialTokens& special = tokenizer.specialTokens();
    const auto add = [&](const char* name, std::optional<int32_t> id) {
        if (id) variables[name] = tokenizer.piece(*id);
    };
    add("bos_token", special.bos);
    add("eos_token", special.eos);
    add("unk_token", special.unk);
    add("sep_token", special.sep);
    add("pad_token", special.pad);
    add("cls_token", special.cls);
    add("mask_token", special.mask);
    return variables;
}

/// How many bytes of the opening are before each answer of a conversation in which every second message is
/// one.
std::size_t sharedHeader(const jinja::Rendered& rendered, std::string_view opening) {
    std::size_t shared = opening.size();
    for (const auto& item : rendered.items)
        if (item.index % 2 == 1 && item.stretch.end > item.stretch.begin)
            shared = std::min(
                shared, sharedLength(std::string_view(rendered.text).substr(item.stretch.begin), opening));
    return shared;
}

}  // namespace

Result<ChatFormat> ChatFormat::open(const ChatSettings& settings, const Tokenizer& tokenizer) {
    ChatFormat format;
    const bool own = settings.name == "auto" && !tokenizer.chatTemplate().empty();
    format.m_name = own ? kModelsOwn : settings.name == "auto" ? "plain" : settings.name;
    format.m_splitSpecialTokens = settings.splitSpecialTokens;
    format.m_marks = std::make_shared<ControlMarks>(tokenizer);
    format.m_variables = specialVariables(tokenizer);
    NamedFormat named;
    if (own) {
        named.source = tokenizer.chatTemplate();
    } else {
        LATHE_TRY(named, namedFormat(format.m_name, tokenizer));
    }
    format.m_source = named.source;
    auto parsed = jinja::Template::parse(named.source, kTemplatePlace);
    if (!parsed.ok()) {
        Error error = parsed.error();
        error.hint = "choose a format instead: data.template: NAME, one of " + formatNames();
        return error;
    }
    format.m_template = std::make_shared<jinja::Template>(std::move(parsed).value());
    format.probe(tokenizer);
    if (const auto stop = tokenizer.idOf(named.stop); stop && !named.stop.empty()) format.m_stopIds = {*stop};
    const auto eos = tokenizer.specialTokens().eos;
    if (eos && (format.m_stopIds.empty() || format.m_stopIds.front() != *eos))
        format.m_stopIds.push_back(*eos);
    return format;
}

bool ChatFormat::reads(std::string_view key) const {
    return m_template->uses(key);
}

Result<jinja::Rendered> ChatFormat::write(const OrderedJson& messages, const OrderedJson& tools,
                                          bool forGeneration) const {
    OrderedJson variables = m_variables;
    variables["messages"] = messages;
    variables["tools"] = tools;
    variables["documents"] = nullptr;
    variables["add_generation_prompt"] = forGeneration;
    return m_template->render(variables, {.output = kMaxRendered});
}

void ChatFormat::probe(const Tokenizer& tokenizer) {
    const std::string said = "Xyzzy";
    OrderedJson messages = OrderedJson::array({messageJson({"user", "Plugh"})});
    const auto asked = write(messages, nullptr, true);
    if (asked.ok()) {
        const std::string& text = asked.value().text;
        const auto& items = asked.value().items;
        // Where a template ends a whole conversation with more, the loop shows where the opening begins.
        if (const auto plain = write(messages, nullptr, false);
            plain.ok() && text.starts_with(plain.value().text))
            m_generation = text.substr(plain.value().text.size());
        else if (!items.empty())
            m_generation = text.substr(items.back().stretch.end);
        const auto bos = m_variables.value("bos_token", std::string());
        if (!bos.empty() && text.starts_with(bos)) m_start = bos;
    }
    messages.push_back(messageJson({"assistant", said}));
    const auto answered = write(messages, nullptr, false);
    if (!answered.ok()) return;
    const std::string& text = answered.value().text;
    // Some templates write an answer that others follow in another way than the last one.
    m_header = m_generation;
    for (std::size_t i = 0; i < 2; ++i) messages.push_back(messages[i]);
    if (const auto twice = write(messages, nullptr, false); twice.ok())
        m_header.resize(sharedHeader(twice.value(), m_generation));
    for (auto at = text.rfind(said); at < text.size(); ++at) {
        const std::size_t length = m_marks->lengthAt(text, at);
        if (length == 0) continue;
        if (const auto id = tokenizer.idOf(text.substr(at, length))) m_stopIds = {*id};
        return;
    }
}

Result<RenderedChat> ChatFormat::render(const Conversation& conversation, bool forGeneration) const {
    OrderedJson given = {{"messages", OrderedJson::array()}, {"tools", conversation.tools}};
    for (const ChatMessage& message : conversation.messages)
        given["messages"].push_back(messageJson(message));
    HiddenMarks hidden(*m_marks);
    if (m_splitSpecialTokens) hidden.hide(given);
    LATHE_TRY(const jinja::Rendered rendered, write(given["messages"], given["tools"], forGeneration));
    RenderedChat chat;
    chat.text = rendered.text;
    if (!forGeneration) {
        const auto write = [&](std::size_t count, bool generation) {
            OrderedJson first = OrderedJson::array();
            for (std::size_t i = 0; i < count; ++i) first.push_back(given["messages"][i]);
            return this->write(first, given["tools"], generation);
        };
        LATHE_TRY(chat.answers, AnswerFinder(conversation.messages, rendered,
                                             {m_start, m_header, m_generation}, *m_marks, write)
                                    .find());
    }
    hidden.reveal(chat);
    return chat;
}

}  // namespace lathe
