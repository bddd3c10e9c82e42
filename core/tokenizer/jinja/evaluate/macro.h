// SPDX-License-Identifier: GPL-3.0-or-later
// A macro, or the body of a call block, as a value of a template.
#pragma once

#include <functional>

#include "core/tokenizer/jinja/evaluate/evaluator.h"

namespace lathe::jinja {

class Macro : public Native {
  public:
    /// Renders the statements of the body as text. Parameters that were not given are Missing.
    using Body = std::function<Result<Value>(const Statement& definition, Activation& scope)>;

    Macro(const Statement& definition, Activation& outer, Body body)
        : m_definition(definition), m_outer(outer), m_body(std::move(body)) {}

    Result<Value> attribute(Run& run, std::string_view name) override;
    bool callable() const override { return true; }
    Result<Value> call(Run& run, Arguments arguments) override;
    Result<std::string> shown(Run& run) override;
    const char* typeName() const override { return "macro"; }

  private:
    /// Puts the arguments into the parameters' slots.
    Result<void> bind(Run& run, Arguments& arguments, Activation& scope);
    std::string name() const;

    const Statement& m_definition;
    Activation& m_outer;
    Body m_body;
};

/// Gives the variables of a frame the values they begin with. `context` are those of the rendering.
void enter(const Loads& loads, const std::vector<Value>& context, Activation& scope);

}  // namespace lathe::jinja
