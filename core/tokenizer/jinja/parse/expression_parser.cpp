// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/expression_parser.h"

#include <algorithm>
#include <array>

namespace lathe::jinja {
namespace {

// Precedences of the binary levels; `not` is between `and` and the comparisons.
constexpr int kOr = 1, kAnd = 2, kNot = 3, kCompare = 4, kSum = 5, kConcat = 6, kProduct = 7, kPower = 8,
              kUnary = 9;

struct BinaryOperator {
    std::string_view symbol;
    int precedence;
    Operator op;
};
constexpr std::array<BinaryOperator, 7> kBinary = {{{"+", kSum, Operator::Add},
                                                    {"-", kSum, Operator::Subtract},
                                                    {"*", kProduct, Operator::Multiply},
                                                    {"/", kProduct, Operator::Divide},
                                                    {"//", kProduct, Operator::FloorDivide},
                                                    {"%", kProduct, Operator::Modulo},
                                                    {"**", kPower, Operator::Power}}};
constexpr std::array<std::pair<std::string_view, Operator>, 6> kComparisons = {
    {{"==", Operator::Equal},
     {"!=", Operator::NotEqual},
     {"<", Operator::Less},
     {"<=", Operator::LessEqual},
     {">", Operator::Greater},
     {">=", Operator::GreaterEqual}}};

const BinaryOperator* binaryOperator(const Token& token) {
    if (token.kind != TokenKind::Operator) return nullptr;
    const auto* const found = std::find_if(kBinary.begin(), kBinary.end(),
                                           [&](const auto& one) { return one.symbol == token.text; });
    return found == kBinary.end() ? nullptr : found;
}

}  // namespace

Result<ExpressionPtr> ExpressionParser::expression(bool conditional) {
    const TokenStream::Level level(m_tokens);
    LATHE_TRY_VOID(level.check());
    LATHE_TRY(ExpressionPtr value, binary(kOr));
    while (conditional && m_tokens.current().isName("if")) {
        const std::size_t at = m_tokens.current().at;
        m_tokens.advance();
        auto node = make(ExpressionKind::Conditional, at);
        LATHE_TRY(ExpressionPtr condition, binary(kOr));
        ExpressionPtr other;
        if (m_tokens.skipName("else")) {
            LATHE_TRY(other, expression());
        }
        node->parts.push_back(std::move(value));
        node->parts.push_back(std::move(condition));
        node->parts.push_back(std::move(other));
        LATHE_TRY(value, checked(std::move(node)));
    }
    return value;
}

Result<ExpressionPtr> ExpressionParser::binary(int precedence) {
    ExpressionPtr left;
    if (precedence <= kNot && m_tokens.current().isName("not")) {
        const TokenStream::Level level(m_tokens);
        LATHE_TRY_VOID(level.check());
        auto node = make(ExpressionKind::Not, m_tokens.current().at);
        m_tokens.advance();
        LATHE_TRY(ExpressionPtr inner, binary(kNot));
        node->parts.push_back(std::move(inner));
        LATHE_TRY(left, checked(std::move(node)));
    } else {
        LATHE_TRY(ExpressionPtr first, unary());
        LATHE_TRY(left, arithmetic(std::move(first), precedence));
        if (precedence <= kCompare) {
            LATHE_TRY(left, comparison(std::move(left)));
        }
    }
    if (precedence <= kAnd) {
        LATHE_TRY(left, chain(std::move(left), ExpressionKind::And, "and", kNot));
    }
    if (precedence <= kOr) {
        LATHE_TRY(left, chain(std::move(left), ExpressionKind::Or, "or", kAnd));
    }
    return left;
}

/// The operators from `+` on that bind at least as tightly as `precedence`, to the right of `left`.
Result<ExpressionPtr> ExpressionParser::arithmetic(ExpressionPtr left, int precedence) {
    while (true) {
        const std::size_t at = m_tokens.current().at;
        const BinaryOperator* const found = binaryOperator(m_tokens.current());
        const bool concat = m_tokens.current().isOperator("~");
        const int own = found ? found->precedence : concat ? kConcat : 0;
        if (own == 0 || own < precedence) return left;
        m_tokens.advance();
        LATHE_TRY(ExpressionPtr right, binary(own + 1));
        if (concat && left->kind == ExpressionKind::Concat && right->depth < left->depth) {
            left->parts.push_back(std::move(right));  // as deep as before
            continue;
        }
        auto node = make(concat ? ExpressionKind::Concat : ExpressionKind::Binary, at);
        if (found) node->operators.push_back(found->op);
        node->parts.push_back(std::move(left));
        node->parts.push_back(std::move(right));
        LATHE_TRY(left, checked(std::move(node)));
    }
}

Result<ExpressionPtr> ExpressionParser::chain(ExpressionPtr left, ExpressionKind kind, std::string_view word,
                                              int precedence) {
    if (!m_tokens.current().isName(word)) return left;
    auto node = make(kind, m_tokens.current().at);
    node->parts.push_back(std::move(left));
    while (m_tokens.skipName(word)) {
        LATHE_TRY(ExpressionPtr right, binary(precedence));
        node->parts.push_back(std::move(right));
    }
    return checked(std::move(node));
}

Result<ExpressionPtr> ExpressionParser::comparison(ExpressionPtr left) {
    auto node = make(ExpressionKind::Compare, m_tokens.current().at);
    while (true) {
        const auto* const found =
            std::find_if(kComparisons.begin(), kComparisons.end(),
                         [&](const auto& one) { return m_tokens.current().isOperator(one.first); });
        if (found != kComparisons.end()) {
            node->operators.push_back(found->second);
        } else if (m_tokens.current().isName("in")) {
            node->operators.push_back(Operator::In);
        } else if (m_tokens.current().isName("not") && m_tokens.following().isName("in")) {
            m_tokens.advance();
            node->operators.push_back(Operator::NotIn);
        } else {
            break;
        }
        if (left) node->parts.push_back(std::move(left));
        m_tokens.advance();
        LATHE_TRY(ExpressionPtr right, binary(kSum));
        node->parts.push_back(std::move(right));
    }
    if (left) return left;
    return checked(std::move(node));
}

Result<ExpressionPtr> ExpressionParser::unary(bool withFilters) {
    ExpressionPtr node;
    const bool minus = m_tokens.current().isOperator("-");
    if (minus || m_tokens.current().isOperator("+")) {
        const TokenStream::Level level(m_tokens);
        LATHE_TRY_VOID(level.check());
        node = make(minus ? ExpressionKind::Negative : ExpressionKind::Positive, m_tokens.current().at);
        m_tokens.advance();
        LATHE_TRY(ExpressionPtr inner, unary(false));
        node->parts.push_back(std::move(inner));
        LATHE_TRY(node, checked(std::move(node)));
    } else {
        LATHE_TRY(node, primary());
    }
    LATHE_TRY(node, postfix(std::move(node)));
    if (!withFilters) return node;
    return filtersAndTests(std::move(node));
}

}  // namespace lathe::jinja
