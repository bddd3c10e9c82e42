// SPDX-License-Identifier: GPL-3.0-or-later
// Parses a template: text, printed expressions and statements.
#pragma once

#include <initializer_list>

#include "core/tokenizer/jinja/parse/expression_parser.h"

namespace lathe::jinja {

class StatementParser {
  public:
    /// Fills `tree`, whose source is set; `place` names it in errors.
    StatementParser(Tree& tree, std::string place);
    Result<void> parse();

  private:
    using StatementPtr = std::unique_ptr<Statement>;
    using Names = std::initializer_list<std::string_view>;

    Result<Statements> statements(Names ends);
    /// The rest of the tag, and the statements up to one of `ends`, whose name becomes current.
    Result<Statements> body(Names ends);
    /// The same, with the one end skipped.
    Result<Statements> bodyTo(std::string_view end);
    /// The body of something that is compiled as a function, where no loop of outside can be left.
    Result<Statements> functionBody(std::string_view end);
    Result<StatementPtr> statement(Names ends);
    Result<StatementPtr> ifStatement(std::size_t at);
    Result<StatementPtr> forStatement(std::size_t at);
    Result<StatementPtr> setStatement(std::size_t at);
    Result<StatementPtr> macro(std::size_t at);
    Result<StatementPtr> callBlock(std::size_t at);
    Result<StatementPtr> filterBlock(std::size_t at);
    Result<StatementPtr> with(std::size_t at);
    Result<StatementPtr> leave(std::size_t at, StatementKind kind);
    Result<void> printStatement(Statements& into);
    Result<void> signature(Statement& into);
    /// `loop` cannot be assigned inside a loop.
    Result<void> notLoop(const Expression& target) const;
    static StatementPtr make(StatementKind kind, std::size_t at);

    Tree& m_tree;
    TokenStream m_tokens;
    ExpressionParser m_expressions;
    std::size_t m_tag = 0;  ///< where the statement's tag begins
    int m_loops = 0;        ///< loops that are open
    int m_leavable = 0;     ///< of these, those that `break` could leave
};

}  // namespace lathe::jinja
