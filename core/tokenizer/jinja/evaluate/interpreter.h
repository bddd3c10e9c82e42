// SPDX-License-Identifier: GPL-3.0-or-later
// Carries out the statements of a template.
#pragma once

#include <unordered_map>

#include "core/tokenizer/jinja/evaluate/evaluator.h"
#include "core/tokenizer/jinja/evaluate/loop.h"
#include "core/tokenizer/jinja/evaluate/template.h"

namespace lathe::jinja {

class Interpreter {
  public:
    /// One rendering; `place` names the template in errors.
    Interpreter(Run& run, const Tree& tree, const std::string& place);
    Result<Rendered> render(const OrderedJson& variables);

  private:
    enum class Flow { Next, Break, Continue };

    Result<Flow> execute(const Statements& statements, Activation& scope);
    Result<Flow> execute(const Statement& statement, Activation& scope);
    Result<Flow> executePlaced(const Statement& statement, Activation& scope);
    Result<Flow> branch(const Statement& statement, Activation& scope);
    Result<void> print(const Statement& statement, Activation& scope);
    Result<void> set(const Statement& statement, Activation& scope);
    /// Blocks whose text is caught; a loop around them may be left from inside.
    Result<Flow> setBlock(const Statement& statement, Activation& scope);
    Result<Flow> filterBlock(const Statement& statement, Activation& scope);
    Result<Flow> with(const Statement& statement, Activation& scope);
    Result<void> callBlock(const Statement& statement, Activation& scope);
    Result<void> generation(const Statement& statement, Activation& scope);
    Value macroOf(const Statement& statement, Activation& scope);

    Result<Flow> loop(const Statement& statement, Activation& scope);
    /// The iterations of a loop over `iterable`, and its `else`.
    Result<Flow> iterations(const Statement& statement, const Value& iterable, int depth, Activation& outer);
    Result<Flow> iteration(const Statement& statement, const Value& item, Activation& scope);
    Result<Value> recursed(const Statement& statement, const Value& iterable, int depth, Activation& outer);
    /// The elements that the loop's condition selects.
    Value selected(const Statement& statement, Iterator& from, Activation& scope);

    Result<void> write(std::string_view text);
    /// Catches what the statements write.
    Result<Flow> caught(const Statements& statements, Activation& scope, Value& text);
    bool writesText() const { return m_out == &m_rendered.text; }
    void noteItem(const Value& item, std::size_t begin);

    Run& m_run;
    const Tree& m_tree;
    Evaluator m_evaluator;
    std::vector<Value> m_context;
    std::unordered_map<const void*, std::size_t> m_messages;
    Rendered m_rendered;
    std::string* m_out;
};

}  // namespace lathe::jinja
