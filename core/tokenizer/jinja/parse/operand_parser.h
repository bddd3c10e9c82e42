// SPDX-License-Identifier: GPL-3.0-or-later
// Parses what Jinja's operators work on: literals, names, calls, attributes, filters, tests, and the targets
// of assignments.
#pragma once

#include "core/tokenizer/jinja/parse/ast.h"
#include "core/tokenizer/jinja/parse/token_stream.h"

namespace lathe::jinja {

class OperandParser {
  public:
    /// Constants are made in the tree's heap; its source is that of the tokens.
    OperandParser(Tree& tree, TokenStream& tokens) : m_tokens(tokens), m_tree(tree) {}
    virtual ~OperandParser() = default;

    /// With `conditional` also "a if b else c".
    virtual Result<ExpressionPtr> expression(bool conditional = true) = 0;
    /// One expression, or a tuple without brackets up to the end of the tag or the name `end`.
    Result<ExpressionPtr> expressions(bool conditional = true, std::string_view end = {});
    /// What `set` or `for` assigns to; with `withFields` also fields of namespaces.
    Result<ExpressionPtr> target(std::string_view end, bool withFields);
    Result<ExpressionPtr> nameTarget();
    /// `|filter|filter` on `input`; with `named` the first bar is left out.
    Result<ExpressionPtr> filters(ExpressionPtr input, bool named);

  protected:
    Result<ExpressionPtr> primary(bool withFields = false);
    Result<ExpressionPtr> postfix(ExpressionPtr node);
    Result<ExpressionPtr> filtersAndTests(ExpressionPtr node);
    static ExpressionPtr make(ExpressionKind kind, std::size_t at);
    /// Sets the depth of a finished node and refuses one that is too deep: chains such as a.b.c… nest in the
    /// tree without nesting in the source.
    Result<ExpressionPtr> checked(ExpressionPtr node) const;

    TokenStream& m_tokens;

  private:
    struct TupleRules {
        bool conditional = true, simple = false, withFields = false, brackets = false;
        std::string_view end = {};
    };

    Result<ExpressionPtr> tuple(const TupleRules& rules);
    Result<ExpressionPtr> named(bool withFields);
    Result<ExpressionPtr> list();
    Result<ExpressionPtr> dict();
    Result<ExpressionPtr> attribute(ExpressionPtr node);
    Result<ExpressionPtr> subscript(ExpressionPtr node);
    Result<ExpressionPtr> subscribed();
    Result<ExpressionPtr> call(ExpressionPtr node);
    Result<ExpressionPtr> test(ExpressionPtr node);
    Result<std::string> dottedName();
    Result<std::unique_ptr<CallArguments>> arguments();
    Result<void> argument(CallArguments& into);
    static ExpressionPtr constant(Value value, std::size_t at);
    Result<void> assignable(Expression& node) const;

    Tree& m_tree;
};

}  // namespace lathe::jinja
