// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/token_stream.h"

namespace lathe::jinja {
namespace {

std::string shown(const Token& token) {
    switch (token.kind) {
        case TokenKind::End:
            return "the end of the template";
        case TokenKind::VariableEnd:
            return "\"}}\"";
        case TokenKind::BlockEnd:
            return "\"%}\"";
        case TokenKind::String:
            return "a string";
        case TokenKind::Integer:
        case TokenKind::Float:
            return "a number";
        default:
            return "\"" + token.text + "\"";
    }
}

}  // namespace

TokenStream::TokenStream(std::string_view source, std::string place)
    : m_source(source), m_place(std::move(place)), m_lexer(source) {
    m_current = m_lexer.next();
}

const Token& TokenStream::following() {
    if (!m_following) m_following = m_lexer.next();
    return *m_following;
}

void TokenStream::advance() {
    if (m_current.kind == TokenKind::Invalid) return;
    m_current = m_following ? std::move(*m_following) : m_lexer.next();
    m_following.reset();
}

bool TokenStream::skipName(std::string_view name) {
    const bool there = m_current.isName(name);
    if (there) advance();
    return there;
}

bool TokenStream::skipOperator(std::string_view symbol) {
    const bool there = m_current.isOperator(symbol);
    if (there) advance();
    return there;
}

Result<void> TokenStream::expectOperator(std::string_view symbol) {
    if (!skipOperator(symbol)) return unexpected("\"" + std::string(symbol) + "\"");
    return {};
}

Result<Token> TokenStream::expect(TokenKind kind, const char* what) {
    if (m_current.kind != kind) return unexpected(what);
    Token token = m_current;
    advance();
    return token;
}

Error TokenStream::failAt(std::size_t at, std::string message, ErrorCode code) const {
    return Error{code, std::move(message), placeOf(m_place, m_source, at), ""};
}

Error TokenStream::fail(std::string message) const {
    if (m_current.kind == TokenKind::Invalid)
        return failAt(m_lexer.errorAt(), m_lexer.error().message, m_lexer.error().code);
    return failAt(m_current.at, std::move(message));
}

Error TokenStream::unexpected(const std::string& expected) const {
    return fail("expected " + expected + ", found " + shown(m_current));
}

Result<void> TokenStream::Level::check() const {
    if (m_stream.m_level > kMaxDepth)
        return m_stream.failAt(
            m_stream.m_current.at,
            "more than " + std::to_string(kMaxDepth) + " expressions and statements inside one another",
            ErrorCode::Unsupported);
    return {};
}

}  // namespace lathe::jinja
