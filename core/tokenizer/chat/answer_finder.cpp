// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat/answer_finder.h"

#include <algorithm>

#include "core/base/ascii.h"

namespace lathe {
namespace {

using Answers = std::vector<RenderedChat::Answer>;

Error notFound(const std::string& why) {
    return {ErrorCode::Unsupported, "the chat template does not show where answers begin: " + why, "",
            "put {% generation %} … {% endgeneration %} around what an assistant's turn writes in the "
            "template, or choose a format with data.template"};
}

}  // namespace

std::size_t sharedLength(std::string_view a, std::string_view b) {
    return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

Result<Answers> AnswerFinder::find() const {
    if (!m_rendered.generated.empty()) return marked();
    Answers answers;
    for (std::size_t i = 0; i < m_messages.size(); ++i) {
        if (!isAnswer(m_messages[i])) continue;
        auto stretch = afterOpening(i);
        if (!stretch) stretch = afterPrompt(i);
        if (!stretch) stretch = afterHeader(i);
        if (!stretch && i == 0)
            return Error{ErrorCode::DataInvalid,
                         "the chat template does not show where an answer before the first question begins",
                         "chat template", "begin the conversation with a message of the user"};
        if (!stretch)
            return notFound("what it writes up to message " + std::to_string(i + 1) +
                            " changes with the messages that follow");
        if (stretch->begin == 0 && m_rendered.text.starts_with(m_edges.start))
            stretch->begin = m_edges.start.size();
        *stretch = withoutBlanks(*stretch);
        if (stretch->end > stretch->begin) answers.push_back({stretch->begin, stretch->end, i});
    }
    return answers;
}

Result<Answers> AnswerFinder::marked() const {
    Answers answers;
    for (std::size_t k = 0; k < m_rendered.generated.size(); ++k) {
        const jinja::Stretch& stretch = m_rendered.generated[k];
        const auto message = messageOfMark(k);
        if (!message)
            return notFound("it marks " + std::to_string(m_rendered.generated.size()) + " answers of " +
                            std::to_string(std::count_if(m_messages.begin(), m_messages.end(), isAssistant)));
        if (isAnswer(m_messages[*message]) && stretch.end > stretch.begin)
            answers.push_back({stretch.begin, stretch.end, *message});
    }
    return answers;
}

std::optional<std::size_t> AnswerFinder::messageOfMark(std::size_t mark) const {
    const jinja::Stretch& stretch = m_rendered.generated[mark];
    std::optional<std::size_t> before;
    for (const auto& item : m_rendered.items) {
        if (item.stretch.begin <= stretch.begin && stretch.end <= item.stretch.end) return item.index;
        if (item.stretch.end > item.stretch.begin && item.stretch.end <= stretch.begin) before = item.index;
    }
    // What ends a whole conversation, such as its end token, is of the answer before it.
    if (before && isAssistant(m_messages[*before])) return before;
    std::vector<std::size_t> assistants;
    for (std::size_t i = 0; i < m_messages.size(); ++i)
        if (isAssistant(m_messages[i])) assistants.push_back(i);
    if (assistants.size() == m_rendered.generated.size()) return assistants[mark];
    if (!before && assistants.size() == 1) return assistants.front();
    return before;
}

std::optional<jinja::Stretch> AnswerFinder::itemOf(std::size_t message) const {
    std::optional<jinja::Stretch> found;
    for (const auto& item : m_rendered.items) {
        if (item.index != message || item.stretch.begin == item.stretch.end) continue;
        if (found) return {};
        found = item.stretch;
    }
    return found;
}

std::optional<jinja::Stretch> AnswerFinder::afterOpening(std::size_t message) const {
    auto item = itemOf(message);
    if (!item || !std::string_view(m_rendered.text).substr(item->begin).starts_with(m_edges.opening))
        return {};
    item->begin += m_edges.opening.size();
    return item;
}

std::optional<jinja::Stretch> AnswerFinder::afterHeader(std::size_t message) const {
    auto item = itemOf(message);
    if (!item) return {};
    const auto text = std::string_view(m_rendered.text).substr(item->begin, item->end - item->begin);
    // At the first message a template may write what begins every conversation, such as its start token.
    const std::size_t header = message == 0 ? text.find(m_edges.header) : 0;
    const bool unknown = m_edges.header.empty() && !m_edges.opening.empty();
    if (header == std::string_view::npos || (message == 0 && unknown)) return {};
    item->begin += header + sharedLength(text.substr(header), m_edges.opening);
    return item;
}

std::optional<jinja::Stretch> AnswerFinder::afterPrompt(std::size_t message) const {
    const auto prompt = m_write(message, true);
    if (!prompt.ok() || !m_rendered.text.starts_with(prompt.value().text)) return {};
    jinja::Stretch stretch{prompt.value().text.size(), m_rendered.text.size()};
    if (message + 1 == m_messages.size()) return stretch;
    const auto answered = m_write(message + 1, false);
    if (!answered.ok()) return {};
    stretch.end = sharedLength(m_rendered.text, answered.value().text);
    if (stretch.end <= stretch.begin) return {};
    // What ends a whole conversation is not there within a longer one: the turn ends with its last mark.
    if (stretch.end < answered.value().text.size()) {
        const std::size_t end = m_marks.endOfLast(
            std::string_view(m_rendered.text).substr(stretch.begin, stretch.end - stretch.begin));
        if (end > 0) stretch.end = stretch.begin + end;
    }
    return stretch;
}

jinja::Stretch AnswerFinder::withoutBlanks(jinja::Stretch stretch) const {
    const std::string_view text =
        std::string_view(m_rendered.text).substr(stretch.begin, stretch.end - stretch.begin);
    const std::size_t end = m_marks.endOfLast(text);
    if (end > 0 && isBlank(text.substr(end))) stretch.end = stretch.begin + end;
    return stretch;
}

}  // namespace lathe
