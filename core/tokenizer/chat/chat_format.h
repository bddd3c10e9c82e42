// SPDX-License-Identifier: GPL-3.0-or-later
// How a model reads conversations: its own chat template, or one by name, rendered with its answers marked.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tokenizer/chat/chat_message.h"
#include "core/tokenizer/chat/control_marks.h"

namespace lathe {

namespace jinja {
class Template;
struct Rendered;
}  // namespace jinja

/// What a recipe says about the chat format.
struct ChatSettings {
    std::string name = "auto";  ///< auto: the model's own template, plain for a model without one
    /// Control tokens spelled out in the contents of messages are text; false: they become those tokens.
    bool splitSpecialTokens = true;
};

/// Begins the place of errors that are a template's, "chat template:LINE".
constexpr const char* kTemplatePlace = "chat template";

/// Cheap to copy; rendering from several threads is safe.
class ChatFormat {
  public:
    /// The name of a model's own template.
    static constexpr const char* kModelsOwn = "model";

    /// Unsupported for an unknown name, and for a template with a construct that is not known; FileMalformed,
    /// with line and column, for one that does not parse; ModelMismatch when the tokenizer lacks the format's
    /// tokens.
    static Result<ChatFormat> open(const ChatSettings& settings, const Tokenizer& tokenizer);

    const std::string& name() const { return m_name; }
    bool isModelsOwn() const { return m_name == kModelsOwn; }
    /// The Jinja template.
    const std::string& source() const { return m_source; }
    /// Whether the template mentions a variable or a key of messages: tools, tool_calls, reasoning_content …
    bool reads(std::string_view key) const;

    /// With `forGeneration` the text ends where the next answer begins. The answers are where the template
    /// has its {% generation %} marks, else what rendering adds for each answer to the prompt before it.
    /// DataInvalid with the template's own words when it refuses the conversation; Unsupported when answers
    /// cannot be found in what it writes.
    Result<RenderedChat> render(const Conversation& conversation, bool forGeneration) const;

    /// What every conversation begins with: the start token's spelling where the template writes it, else
    /// nothing.
    const std::string& start() const { return m_start; }
    /// What opens an answer, as far as it is the same for all; empty where that is not known.
    const std::string& opening() const { return m_generation; }
    /// The ids that end an answer.
    const std::vector<int32_t>& stopIds() const { return m_stopIds; }

  private:
    Result<jinja::Rendered> write(const OrderedJson& messages, const OrderedJson& tools,
                                  bool forGeneration) const;
    /// Learns from renderings of a short conversation what opens and what ends an answer.
    void probe(const Tokenizer& tokenizer);

    std::string m_name, m_source;
    std::shared_ptr<const jinja::Template> m_template;
    std::shared_ptr<const ControlMarks> m_marks;
    OrderedJson m_variables = OrderedJson::object();  ///< bos_token, eos_token …
    bool m_splitSpecialTokens = true;
    std::string m_generation;  ///< opens an answer, as far as it is the same for all
    std::string m_header;      ///< the part of it that the template also writes before a given answer
    std::string m_start;
    std::vector<int32_t> m_stopIds;
};

}  // namespace lathe
