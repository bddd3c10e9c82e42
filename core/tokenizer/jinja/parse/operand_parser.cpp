// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/operand_parser.h"

#include <algorithm>

namespace lathe::jinja {

ExpressionPtr OperandParser::make(ExpressionKind kind, std::size_t at) {
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    node->at = at;
    return node;
}

ExpressionPtr OperandParser::constant(Value value, std::size_t at) {
    auto node = make(ExpressionKind::Constant, at);
    node->constant = value;
    return node;
}

/// Sets the depth of a finished node and refuses one that is too deep: chains such as a.b.c… nest in the
/// tree without nesting in the source.
Result<ExpressionPtr> OperandParser::checked(ExpressionPtr node) const {
    int below = 0;
    const auto see = [&](const ExpressionPtr& part) {
        if (part) below = std::max(below, part->depth);
    };
    for (const ExpressionPtr& part : node->parts) see(part);
    if (node->arguments) {
        for (const ExpressionPtr& part : node->arguments->positional) see(part);
        for (const auto& [name, part] : node->arguments->named) see(part);
        see(node->arguments->list);
        see(node->arguments->dict);
    }
    node->depth = below + 1;
    if (node->depth > kMaxDepth)
        return m_tokens.failAt(node->at,
                               "an expression of more than " + std::to_string(kMaxDepth) + " levels",
                               ErrorCode::Unsupported);
    return node;
}

Result<ExpressionPtr> OperandParser::primary(bool withFields) {
    const std::size_t at = m_tokens.current().at;
    if (m_tokens.current().kind == TokenKind::Name) return named(withFields);
    if (m_tokens.current().kind == TokenKind::String) {
        std::string text;
        for (; m_tokens.current().kind == TokenKind::String; m_tokens.advance())
            text += m_tokens.current().text;
        return constant(m_tree.constants.make<Text>(std::move(text)), at);
    }
    if (m_tokens.current().kind == TokenKind::Integer || m_tokens.current().kind == TokenKind::Float) {
        const Value value = m_tokens.current().kind == TokenKind::Integer
                                ? Value::integer(m_tokens.current().integer)
                                : Value::number(m_tokens.current().number);
        m_tokens.advance();
        return constant(value, at);
    }
    if (m_tokens.skipOperator("(")) {
        LATHE_TRY(ExpressionPtr inside, tuple({.brackets = true}));
        LATHE_TRY_VOID(m_tokens.expectOperator(")"));
        return inside;
    }
    if (m_tokens.current().isOperator("[")) return list();
    if (m_tokens.current().isOperator("{")) return dict();
    return m_tokens.unexpected("an expression");
}

Result<ExpressionPtr> OperandParser::named(bool withFields) {
    const std::size_t at = m_tokens.current().at;
    const std::string name = m_tokens.current().text;
    m_tokens.advance();
    if (name == "true" || name == "True") return constant(Value::boolean(true), at);
    if (name == "false" || name == "False") return constant(Value::boolean(false), at);
    if (name == "none" || name == "None") return constant(Value::none(), at);
    const bool field = withFields && m_tokens.skipOperator(".");
    auto node = make(field ? ExpressionKind::NamespaceField : ExpressionKind::Name, at);
    node->name = name;
    if (field) {
        LATHE_TRY(const Token attribute, m_tokens.expect(TokenKind::Name, "the name of an attribute"));
        node->field = attribute.text;
    }
    return node;
}

Result<ExpressionPtr> OperandParser::expressions(bool conditional, std::string_view end) {
    return tuple({.conditional = conditional, .end = end});
}

Result<ExpressionPtr> OperandParser::tuple(const TupleRules& rules) {
    auto node = make(ExpressionKind::Tuple, m_tokens.current().at);
    bool isTuple = false;
    while (true) {
        if (!node->parts.empty()) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        if (m_tokens.current().kind == TokenKind::VariableEnd ||
            m_tokens.current().kind == TokenKind::BlockEnd || m_tokens.current().isOperator(")") ||
            (!rules.end.empty() && m_tokens.current().isName(rules.end)))
            break;
        LATHE_TRY(ExpressionPtr part,
                  rules.simple ? primary(rules.withFields) : expression(rules.conditional));
        node->parts.push_back(std::move(part));
        if (!m_tokens.current().isOperator(",")) break;
        isTuple = true;
    }
    if (!isTuple && !node->parts.empty()) return std::move(node->parts.front());
    if (!isTuple && !rules.brackets) return m_tokens.unexpected("an expression");
    return checked(std::move(node));
}

Result<ExpressionPtr> OperandParser::list() {
    auto node = make(ExpressionKind::List, m_tokens.current().at);
    m_tokens.advance();
    while (!m_tokens.current().isOperator("]")) {
        if (!node->parts.empty()) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        if (m_tokens.current().isOperator("]")) break;
        LATHE_TRY(ExpressionPtr part, expression());
        node->parts.push_back(std::move(part));
    }
    m_tokens.advance();
    return checked(std::move(node));
}

Result<ExpressionPtr> OperandParser::dict() {
    auto node = make(ExpressionKind::Dict, m_tokens.current().at);
    m_tokens.advance();
    while (!m_tokens.current().isOperator("}")) {
        if (!node->parts.empty()) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        if (m_tokens.current().isOperator("}")) break;
        LATHE_TRY(ExpressionPtr key, expression());
        LATHE_TRY_VOID(m_tokens.expectOperator(":"));
        LATHE_TRY(ExpressionPtr value, expression());
        node->parts.push_back(std::move(key));
        node->parts.push_back(std::move(value));
    }
    m_tokens.advance();
    return checked(std::move(node));
}

Result<void> OperandParser::assignable(Expression& node) const {
    if (node.kind == ExpressionKind::Name || node.kind == ExpressionKind::NamespaceField) return {};
    if (node.kind != ExpressionKind::Tuple)
        return m_tokens.failAt(node.at, "cannot assign to this expression");
    for (const ExpressionPtr& part : node.parts) LATHE_TRY_VOID(assignable(*part));
    return {};
}

Result<ExpressionPtr> OperandParser::target(std::string_view end, bool withFields) {
    LATHE_TRY(ExpressionPtr node, tuple({.simple = true, .withFields = withFields, .end = end}));
    LATHE_TRY_VOID(assignable(*node));
    return node;
}

Result<ExpressionPtr> OperandParser::nameTarget() {
    LATHE_TRY(const Token token, m_tokens.expect(TokenKind::Name, "a name"));
    for (const char* const constant : {"true", "True", "false", "False", "none", "None"})
        if (token.text == constant) return m_tokens.failAt(token.at, "cannot assign to " + token.text);
    auto node = make(ExpressionKind::Name, token.at);
    node->name = token.text;
    return node;
}

Result<ExpressionPtr> OperandParser::postfix(ExpressionPtr node) {
    while (true) {
        if (m_tokens.current().isOperator(".")) {
            LATHE_TRY(node, attribute(std::move(node)));
        } else if (m_tokens.current().isOperator("[")) {
            LATHE_TRY(node, subscript(std::move(node)));
        } else if (m_tokens.current().isOperator("(")) {
            LATHE_TRY(node, call(std::move(node)));
        } else {
            return node;
        }
    }
}

Result<ExpressionPtr> OperandParser::filtersAndTests(ExpressionPtr node) {
    while (true) {
        if (m_tokens.current().isOperator("|")) {
            LATHE_TRY(node, filters(std::move(node), false));
        } else if (m_tokens.current().isName("is")) {
            LATHE_TRY(node, test(std::move(node)));
        } else if (m_tokens.current().isOperator("(")) {
            LATHE_TRY(node, call(std::move(node)));
        } else {
            return node;
        }
    }
}

Result<ExpressionPtr> OperandParser::attribute(ExpressionPtr node) {
    const std::size_t at = m_tokens.current().at;
    m_tokens.advance();
    if (m_tokens.current().kind == TokenKind::Integer) {
        auto item = make(ExpressionKind::Item, at);
        item->parts.push_back(std::move(node));
        item->parts.push_back(constant(Value::integer(m_tokens.current().integer), m_tokens.current().at));
        m_tokens.advance();
        return checked(std::move(item));
    }
    LATHE_TRY(const Token name, m_tokens.expect(TokenKind::Name, "a name or a number"));
    auto made = make(ExpressionKind::Attribute, at);
    made->name = name.text;
    made->parts.push_back(std::move(node));
    return checked(std::move(made));
}

Result<ExpressionPtr> OperandParser::subscript(ExpressionPtr node) {
    auto item = make(ExpressionKind::Item, m_tokens.current().at);
    auto several = make(ExpressionKind::Tuple, m_tokens.current().at);
    m_tokens.advance();
    while (!m_tokens.current().isOperator("]")) {
        if (!several->parts.empty()) LATHE_TRY_VOID(m_tokens.expectOperator(","));
        LATHE_TRY(ExpressionPtr part, subscribed());
        several->parts.push_back(std::move(part));
    }
    m_tokens.advance();
    item->parts.push_back(std::move(node));
    if (several->parts.size() == 1) {
        item->parts.push_back(std::move(several->parts.front()));
        return checked(std::move(item));
    }
    for (const ExpressionPtr& part : several->parts)
        if (part->kind == ExpressionKind::Slice)
            return m_tokens.failAt(part->at, "a slice among several subscripts", ErrorCode::Unsupported);
    LATHE_TRY(several, checked(std::move(several)));
    item->parts.push_back(std::move(several));
    return checked(std::move(item));
}

Result<ExpressionPtr> OperandParser::subscribed() {
    auto slice = make(ExpressionKind::Slice, m_tokens.current().at);
    slice->parts.resize(3);
    if (!m_tokens.current().isOperator(":")) {
        LATHE_TRY(ExpressionPtr first, expression());
        if (!m_tokens.current().isOperator(":")) return first;
        slice->parts[0] = std::move(first);
    }
    for (std::size_t i = 1; i < 3 && m_tokens.skipOperator(":"); ++i) {
        const Token& token = m_tokens.current();
        if (token.isOperator(":") || token.isOperator("]") || token.isOperator(",")) continue;
        LATHE_TRY(slice->parts[i], expression());
    }
    return checked(std::move(slice));
}

Result<void> OperandParser::argument(CallArguments& into) {
    const std::size_t at = m_tokens.current().at;
    const Error order = m_tokens.failAt(at, "arguments in an order that a call cannot have");
    if (m_tokens.current().isOperator("*") || m_tokens.current().isOperator("**")) {
        const bool dict = m_tokens.current().isOperator("**");
        if (into.dict || (!dict && into.list)) return order;
        m_tokens.advance();
        LATHE_TRY(ExpressionPtr spread, expression());
        (dict ? into.dict : into.list) = std::move(spread);
        return {};
    }
    if (m_tokens.current().kind == TokenKind::Name && m_tokens.following().isOperator("=")) {
        if (into.dict) return order;
        const std::string name = m_tokens.current().text;
        for (const auto& [known, value] : into.named)
            if (known == name) return m_tokens.failAt(at, "the argument " + name + " is given twice");
        m_tokens.advance();
        m_tokens.advance();
        LATHE_TRY(ExpressionPtr value, expression());
        into.named.emplace_back(name, std::move(value));
        return {};
    }
    if (into.list || into.dict || !into.named.empty()) return order;
    LATHE_TRY(ExpressionPtr value, expression());
    into.positional.push_back(std::move(value));
    return {};
}

Result<std::unique_ptr<CallArguments>> OperandParser::arguments() {
    auto made = std::make_unique<CallArguments>();
    LATHE_TRY_VOID(m_tokens.expectOperator("("));
    bool comma = false;
    while (!m_tokens.current().isOperator(")")) {
        if (comma) {
            LATHE_TRY_VOID(m_tokens.expectOperator(","));
            if (m_tokens.current().isOperator(")")) break;
        }
        LATHE_TRY_VOID(argument(*made));
        comma = true;
    }
    m_tokens.advance();
    return made;
}

Result<ExpressionPtr> OperandParser::call(ExpressionPtr node) {
    auto made = make(ExpressionKind::Call, m_tokens.current().at);
    made->parts.push_back(std::move(node));
    LATHE_TRY(made->arguments, arguments());
    return checked(std::move(made));
}

Result<std::string> OperandParser::dottedName() {
    LATHE_TRY(Token token, m_tokens.expect(TokenKind::Name, "the name of a filter or a test"));
    std::string name = std::move(token.text);
    while (m_tokens.skipOperator(".")) {
        LATHE_TRY(const Token part, m_tokens.expect(TokenKind::Name, "a name"));
        name += "." + part.text;
    }
    return name;
}

Result<ExpressionPtr> OperandParser::filters(ExpressionPtr input, bool named) {
    while (named || m_tokens.skipOperator("|")) {
        named = false;
        auto node = make(ExpressionKind::Filter, m_tokens.current().at);
        LATHE_TRY(node->name, dottedName());
        if (m_tokens.current().isOperator("(")) {
            LATHE_TRY(node->arguments, arguments());
        }
        node->parts.push_back(std::move(input));
        LATHE_TRY(input, checked(std::move(node)));
    }
    return input;
}

Result<ExpressionPtr> OperandParser::test(ExpressionPtr node) {
    auto made = make(ExpressionKind::Test, m_tokens.current().at);
    m_tokens.advance();
    const bool negated = m_tokens.skipName("not");
    LATHE_TRY(made->name, dottedName());
    made->parts.push_back(std::move(node));
    const Token& token = m_tokens.current();
    const bool operand = token.kind == TokenKind::Name || token.kind == TokenKind::String ||
                         token.kind == TokenKind::Integer || token.kind == TokenKind::Float ||
                         token.isOperator("[") || token.isOperator("{");
    if (token.isOperator("(")) {
        LATHE_TRY(made->arguments, arguments());
    } else if (operand && !token.isName("else") && !token.isName("or") && !token.isName("and")) {
        if (token.isName("is")) return m_tokens.fail("tests with \"is\" cannot follow one another");
        LATHE_TRY(ExpressionPtr argument, primary());
        LATHE_TRY(argument, postfix(std::move(argument)));
        made->arguments = std::make_unique<CallArguments>();
        made->arguments->positional.push_back(std::move(argument));
    }
    const std::size_t at = made->at;
    LATHE_TRY(made, checked(std::move(made)));
    if (!negated) return made;
    auto opposite = make(ExpressionKind::Not, at);
    opposite->parts.push_back(std::move(made));
    return checked(std::move(opposite));
}

}  // namespace lathe::jinja
