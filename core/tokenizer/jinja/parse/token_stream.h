// SPDX-License-Identifier: GPL-3.0-or-later
// The tokens of a template as its parsers take them, with one token of look-ahead, and their errors.
#pragma once

#include "core/tokenizer/jinja/parse/lexer.h"

namespace lathe::jinja {

/// Levels of expressions and statements inside one another. CPython, which compiles what Jinja makes of a
/// template, takes up to 200 brackets and 100 levels of indentation.
constexpr int kMaxDepth = 200;

class TokenStream {
  public:
    /// `source` outlives the stream; `place` names it in errors.
    TokenStream(std::string_view source, std::string place);

    const Token& current() const { return m_current; }
    const Token& following();
    /// Stays at an invalid token, which nothing accepts.
    void advance();
    bool skipName(std::string_view name);
    bool skipOperator(std::string_view symbol);
    Result<void> expectOperator(std::string_view symbol);
    Result<Token> expect(TokenKind kind, const char* what);
    /// What is wrong at the current token, or what the lexer found.
    Error fail(std::string message) const;
    Error failAt(std::size_t at, std::string message, ErrorCode code = ErrorCode::FileMalformed) const;
    Error unexpected(const std::string& expected) const;

    /// Counts levels while something is parsed.
    class Level {
      public:
        explicit Level(TokenStream& stream) : m_stream(stream) { ++stream.m_level; }
        ~Level() { --m_stream.m_level; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        Result<void> check() const;

      private:
        TokenStream& m_stream;
    };

  private:
    std::string_view m_source;
    std::string m_place;
    Lexer m_lexer;
    Token m_current;
    std::optional<Token> m_following;
    int m_level = 0;
};

}  // namespace lathe::jinja
