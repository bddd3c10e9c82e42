// SPDX-License-Identifier: GPL-3.0-or-later
// Gives every variable of a parsed template its place and every filter and test its function.
#pragma once

#include "core/tokenizer/jinja/evaluate/scope.h"

namespace lathe::jinja {

class Resolver {
  public:
    /// `place` names the template in errors.
    Resolver(Tree& tree, std::string place);
    /// Unsupported for a filter or test that is not known, unless a branch of `if` or an inline `if` may skip
    /// it: there it fails when it is reached, as with Jinja.
    Result<void> resolve();

  private:
    Result<void> resolve(Statements& statements, Scope& scope, bool skippable);
    Result<void> resolve(Statement& statement, Scope& scope, bool skippable);
    Result<void> resolve(Expression& expression, Scope& scope, bool skippable);
    Result<void> resolveLoop(Statement& loop, Scope& scope, bool skippable);
    /// A macro or the body of a call block.
    Result<void> resolveFunction(Statement& definition, Scope& scope);
    /// The body of a block with its own frame, and its filter.
    Result<void> resolveBlock(Statement& block, Scope& scope);
    Result<void> resolveBuiltin(Expression& expression, bool skippable) const;

    Tree& m_tree;
    std::string m_place;
    ContextNames m_context;
};

}  // namespace lathe::jinja
