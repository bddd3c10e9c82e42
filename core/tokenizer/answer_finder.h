// SPDX-License-Identifier: GPL-3.0-or-later
// Where the answers to learn are in a conversation that a chat template has written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/tokenizer/chat_message.h"
#include "core/tokenizer/control_marks.h"
#include "core/tokenizer/jinja/template.h"

namespace lathe {

/// An answer is what follows the prompt for it, its end-of-turn token included; white space behind that token
/// is not part of it.
class AnswerFinder {
  public:
    /// Renders the first `count` messages, with the opening of the next answer when `generation`.
    using Write = std::function<Result<jinja::Rendered>(std::size_t count, bool generation)>;

    /// `opening` is the text that opens an answer where it is the same for all. The messages, the rendering,
    /// the opening and the marks must outlive the finder.
    AnswerFinder(const std::vector<ChatMessage>& messages, const jinja::Rendered& rendered,
                 const std::string& opening, const ControlMarks& marks, Write write)
        : m_messages(messages),
          m_rendered(rendered),
          m_opening(opening),
          m_marks(marks),
          m_write(std::move(write)) {}

    /// In the order of the text. Unsupported where the template does not tell where an answer begins.
    Result<std::vector<RenderedChat::Answer>> find() const;

  private:
    Result<std::vector<RenderedChat::Answer>> marked() const;
    /// What the template wrote while its loop was at this message, when that is one stretch.
    std::optional<jinja::Stretch> itemOf(std::size_t message) const;
    std::optional<jinja::Stretch> afterOpening(std::size_t message) const;
    std::optional<jinja::Stretch> afterPrompt(std::size_t message) const;
    jinja::Stretch withoutBlanks(jinja::Stretch stretch) const;

    const std::vector<ChatMessage>& m_messages;
    const jinja::Rendered& m_rendered;
    const std::string& m_opening;
    const ControlMarks& m_marks;
    const Write m_write;
};

}  // namespace lathe
