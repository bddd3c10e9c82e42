// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/statement_parser.h"

#include <algorithm>

namespace lathe::jinja {

StatementParser::StatementParser(Tree& tree, std::string place)
    : m_tree(tree), m_tokens(tree.source, std::move(place)), m_expressions(tree, m_tokens) {
}

StatementParser::StatementPtr StatementParser::make(StatementKind kind, std::size_t at) {
    auto made = std::make_unique<Statement>();
    made->kind = kind;
    made->at = at;
    return made;
}

Result<void> StatementParser::parse() {
    LATHE_TRY(m_tree.body, statements({}));
    return {};
}

Result<Statements> StatementParser::statements(Names ends) {
    Statements made;
    while (m_tokens.current().kind != TokenKind::End) {
        const Token& token = m_tokens.current();
        if (token.kind == TokenKind::Data) {
            auto data = make(StatementKind::Data, token.at);
            data->text = token.text;
            made.push_back(std::move(data));
            m_tokens.advance();
        } else if (token.kind == TokenKind::VariableBegin) {
            m_tokens.advance();
            auto output = make(StatementKind::Output, m_tokens.current().at);
            LATHE_TRY(output->value, m_expressions.expressions());
            if (m_tokens.current().kind != TokenKind::VariableEnd) return m_tokens.unexpected("\"}}\"");
            made.push_back(std::move(output));
            m_tokens.advance();
        } else if (token.kind == TokenKind::BlockBegin) {
            m_tag = token.at;
            m_tokens.advance();
            const Token& name = m_tokens.current();
            if (std::any_of(ends.begin(), ends.end(), [&](auto end) { return name.isName(end); }))
                return made;
            if (name.isName("print")) {
                LATHE_TRY_VOID(printStatement(made));
            } else {
                LATHE_TRY(auto one, statement(ends));
                made.push_back(std::move(one));
            }
            LATHE_TRY([[maybe_unused]] const auto end, m_tokens.expect(TokenKind::BlockEnd, "\"%}\""));
        } else {
            return m_tokens.unexpected("text or a tag");
        }
    }
    if (ends.size() > 0) return m_tokens.unexpected("\"{% " + std::string(*ends.begin()) + " %}\"");
    return made;
}

Result<Statements> StatementParser::body(Names ends) {
    m_tokens.skipOperator(":");
    LATHE_TRY([[maybe_unused]] const auto end, m_tokens.expect(TokenKind::BlockEnd, "\"%}\""));
    return statements(ends);
}

Result<Statements> StatementParser::bodyTo(std::string_view end) {
    LATHE_TRY(auto made, body({end}));
    m_tokens.advance();
    return made;
}

Result<Statements> StatementParser::functionBody(std::string_view end) {
    const int leavable = std::exchange(m_leavable, 0);
    LATHE_TRY(auto made, bodyTo(end));
    m_leavable = leavable;
    return made;
}

Result<StatementParser::StatementPtr> StatementParser::statement(Names ends) {
    const TokenStream::Level level(m_tokens);
    LATHE_TRY_VOID(level.check());
    const std::size_t at = m_tag;
    if (m_tokens.current().kind != TokenKind::Name) return m_tokens.unexpected("the name of a statement");
    const std::string name = m_tokens.current().text;
    static constexpr std::string_view kEnds[] = {"elif",          "else",     "endif",    "endfor",
                                                 "endset",        "endmacro", "endcall",  "endwith",
                                                 "endgeneration", "endraw",   "endfilter"};
    if (std::find(std::begin(kEnds), std::end(kEnds), name) != std::end(kEnds))
        return m_tokens.fail("\"" + name + "\" " +
                             (ends.size() ? "where \"" + std::string(*ends.begin()) + "\" is expected"
                                          : "without a beginning"));
    m_tokens.advance();
    if (name == "if") return ifStatement(at);
    if (name == "for") return forStatement(at);
    if (name == "set") return setStatement(at);
    if (name == "macro") return macro(at);
    if (name == "call") return callBlock(at);
    if (name == "filter") return filterBlock(at);
    if (name == "with") return with(at);
    if (name == "break") return leave(at, StatementKind::Break);
    if (name == "continue") return leave(at, StatementKind::Continue);
    if (name == "generation") {
        auto made = make(StatementKind::Generation, at);
        LATHE_TRY(made->body, functionBody("endgeneration"));
        return made;
    }
    return m_tokens.failAt(at, "the statement \"" + name + "\" is not supported", ErrorCode::Unsupported);
}

Result<StatementParser::StatementPtr> StatementParser::ifStatement(std::size_t at) {
    auto made = make(StatementKind::If, at);
    while (true) {
        Branch branch;
        LATHE_TRY(branch.test, m_expressions.expressions(false));
        LATHE_TRY(branch.body, body({"endif", "elif", "else"}));
        made->branches.push_back(std::move(branch));
        if (m_tokens.skipName("elif")) continue;
        if (m_tokens.skipName("else")) {
            Branch last;
            LATHE_TRY(last.body, bodyTo("endif"));
            made->branches.push_back(std::move(last));
        } else {
            m_tokens.advance();
        }
        return made;
    }
}

Result<void> StatementParser::notLoop(const Expression& target) const {
    if (target.kind == ExpressionKind::Name && target.name == "loop" && m_loops > 0)
        return m_tokens.failAt(target.at, "the variable \"loop\" cannot be assigned inside a loop");
    if (target.kind == ExpressionKind::Tuple)
        for (const ExpressionPtr& part : target.parts) LATHE_TRY_VOID(notLoop(*part));
    return {};
}

Result<StatementParser::StatementPtr> StatementParser::forStatement(std::size_t at) {
    auto made = make(StatementKind::For, at);
    const int leavable = m_leavable;
    ++m_loops;
    LATHE_TRY(made->target, m_expressions.target("in", false));
    LATHE_TRY_VOID(notLoop(*made->target));
    if (!m_tokens.skipName("in")) return m_tokens.unexpected("\"in\"");
    LATHE_TRY(made->value, m_expressions.expressions(false, "recursive"));
    if (m_tokens.skipName("if")) {
        LATHE_TRY(made->test, m_expressions.expression());
    }
    made->recursive = m_tokens.skipName("recursive");
    m_leavable = leavable + 1;
    LATHE_TRY(made->body, body({"endfor", "else"}));
    m_leavable = made->recursive ? 0 : leavable;
    const bool otherwise = m_tokens.current().isName("else");
    m_tokens.advance();
    if (otherwise) {
        LATHE_TRY(made->otherwise, bodyTo("endfor"));
    }
    m_leavable = leavable;
    --m_loops;
    return made;
}

Result<StatementParser::StatementPtr> StatementParser::setStatement(std::size_t at) {
    auto made = make(StatementKind::Set, at);
    LATHE_TRY(made->target, m_expressions.target({}, true));
    LATHE_TRY_VOID(notLoop(*made->target));
    if (m_tokens.skipOperator("=")) {
        LATHE_TRY(made->value, m_expressions.expressions());
        return made;
    }
    made->kind = StatementKind::SetBlock;
    LATHE_TRY(made->value, m_expressions.filters(nullptr, false));
    LATHE_TRY(made->body, bodyTo("endset"));
    return made;
}

Result<void> StatementParser::signature(Statement& into) {
    LATHE_TRY_VOID(m_tokens.expectOperator("("));
    while (!m_tokens.current().isOperator(")")) {
        if (!into.parameters.empty()) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        LATHE_TRY(auto parameter, m_expressions.nameTarget());
        for (const ExpressionPtr& known : into.parameters)
            if (known->name == parameter->name)
                return m_tokens.failAt(parameter->at, "the parameter " + parameter->name + " is there twice");
        if (m_tokens.skipOperator("=")) {
            LATHE_TRY(auto value, m_expressions.expression());
            into.values.push_back(std::move(value));
        } else if (!into.values.empty()) {
            return m_tokens.failAt(parameter->at, "a parameter without a default after one with a default");
        }
        into.parameters.push_back(std::move(parameter));
    }
    m_tokens.advance();
    return {};
}

Result<StatementParser::StatementPtr> StatementParser::macro(std::size_t at) {
    auto made = make(StatementKind::Macro, at);
    LATHE_TRY(made->target, m_expressions.nameTarget());
    made->text = made->target->name;
    LATHE_TRY_VOID(signature(*made));
    LATHE_TRY(made->body, functionBody("endmacro"));
    return made;
}

Result<StatementParser::StatementPtr> StatementParser::callBlock(std::size_t at) {
    auto made = make(StatementKind::CallBlock, at);
    if (m_tokens.current().isOperator("(")) LATHE_TRY_VOID(signature(*made));
    LATHE_TRY(made->value, m_expressions.expression());
    if (made->value->kind != ExpressionKind::Call)
        return m_tokens.failAt(at, "expected a call in a call block");
    LATHE_TRY(made->body, functionBody("endcall"));
    return made;
}

Result<StatementParser::StatementPtr> StatementParser::filterBlock(std::size_t at) {
    auto made = make(StatementKind::FilterBlock, at);
    LATHE_TRY(made->value, m_expressions.filters(nullptr, true));
    LATHE_TRY(made->body, bodyTo("endfilter"));
    return made;
}

Result<StatementParser::StatementPtr> StatementParser::with(std::size_t at) {
    auto made = make(StatementKind::With, at);
    while (m_tokens.current().kind != TokenKind::BlockEnd) {
        if (!made->parameters.empty()) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        LATHE_TRY(auto target, m_expressions.target({}, false));
        LATHE_TRY_VOID(m_tokens.expectOperator("="));
        LATHE_TRY(auto value, m_expressions.expression());
        made->parameters.push_back(std::move(target));
        made->values.push_back(std::move(value));
    }
    LATHE_TRY(made->body, bodyTo("endwith"));
    return made;
}

Result<StatementParser::StatementPtr> StatementParser::leave(std::size_t at, StatementKind kind) {
    if (m_leavable == 0)
        return m_tokens.failAt(
            at, kind == StatementKind::Break ? "\"break\" outside a loop" : "\"continue\" outside a loop");
    return make(kind, at);
}

Result<void> StatementParser::printStatement(Statements& into) {
    m_tokens.advance();
    for (bool first = true; m_tokens.current().kind != TokenKind::BlockEnd; first = false) {
        if (!first) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        auto output = make(StatementKind::Output, m_tokens.current().at);
        LATHE_TRY(output->value, m_expressions.expression());
        into.push_back(std::move(output));
    }
    return {};
}

}  // namespace lathe::jinja
