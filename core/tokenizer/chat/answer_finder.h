// SPDX-License-Identifier: GPL-3.0-or-later
// Where the answers to learn are in a conversation that a chat template has written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/tokenizer/chat/chat_message.h"
#include "core/tokenizer/chat/control_marks.h"
#include "core/tokenizer/jinja/evaluate/template.h"

namespace lathe {

/// What a template writes around answers, as far as it is known; each may be empty.
struct AnswerEdges {
    const std::string& start;    ///< begins every conversation
    const std::string& header;   ///< the part of `opening` that is also before an answer that is given
    const std::string& opening;  ///< opens an answer that is to be written
};

/// How many bytes two texts share at their beginning.
std::size_t sharedLength(std::string_view a, std::string_view b);

/// An answer is what follows the prompt for it, its end-of-turn token included; white space behind that token
/// is not part of it.
class AnswerFinder {
  public:
    /// Renders the first `count` messages, with the opening of the next answer when `generation`.
    using Write = std::function<Result<jinja::Rendered>(std::size_t count, bool generation)>;

    /// The messages, the rendering, the edges' texts and the marks must outlive the finder.
    AnswerFinder(const std::vector<ChatMessage>& messages, const jinja::Rendered& rendered,
                 const AnswerEdges& edges, const ControlMarks& marks, Write write)
        : m_messages(messages),
          m_rendered(rendered),
          m_edges(edges),
          m_marks(marks),
          m_write(std::move(write)) {}

    /// In the order of the text. Unsupported where the template does not tell where an answer begins,
    /// DataInvalid, with the place "chat template", where it does not for an answer before all questions.
    Result<std::vector<RenderedChat::Answer>> find() const;

  private:
    Result<std::vector<RenderedChat::Answer>> marked() const;
    /// The message that the mark with this index belongs to; none where that cannot be told.
    std::optional<std::size_t> messageOfMark(std::size_t mark) const;
    /// What the template wrote while its loop was at this message, when that is one stretch.
    std::optional<jinja::Stretch> itemOf(std::size_t message) const;
    std::optional<jinja::Stretch> afterOpening(std::size_t message) const;
    std::optional<jinja::Stretch> afterPrompt(std::size_t message) const;
    std::optional<jinja::Stretch> afterHeader(std::size_t message) const;
    jinja::Stretch withoutBlanks(jinja::Stretch stretch) const;

    const std::vector<ChatMessage>& m_messages;
    const jinja::Rendered& m_rendered;
    const AnswerEdges m_edges;
    const ControlMarks& m_marks;
    const Write m_write;
};

}  // namespace lathe
