// SPDX-License-Identifier: GPL-3.0-or-later
// Splits a template into the tokens of Jinja, with trim_blocks and lstrip_blocks as chat templates have them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe::jinja {

enum class TokenKind : uint8_t {
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
    Invalid,  ///< the lexer has an error
};

struct Token {
    TokenKind kind = TokenKind::End;
    std::size_t at = 0;  ///< byte of the source
    std::string text;    ///< template text, a name, a string without quotes and escapes, an operator
    int64_t integer = 0;
    double number = 0;

    bool isName(std::string_view name) const { return kind == TokenKind::Name && text == name; }
    bool isOperator(std::string_view symbol) const { return kind == TokenKind::Operator && text == symbol; }
};

/// Line breaks as "\n", and none at the very end, as Jinja reads a template.
std::string normalizedSource(std::string source);
/// "PLACE:LINE:COLUMN" of a byte.
std::string placeOf(const std::string& place, std::string_view source, std::size_t at);

class Lexer {
  public:
    /// `source` is normalized, valid UTF-8, and outlives the lexer.
    explicit Lexer(std::string_view source) : m_source(source) {}
    Token next();
    /// Why the last token is Invalid, and at which byte.
    const Error& error() const { return m_error; }
    std::size_t errorAt() const { return m_errorAt; }

  private:
    enum class State { Root, Variable, Block };

    Token nextInRoot();
    Token nextInTag();
    std::optional<Token> endOfTag();
    Token number();
    Token string();
    Token operatorToken();
    /// Past "{%" … "raw" … "%}" at `at`; 0 when there is none.
    std::size_t rawOpening(std::size_t at) const;
    Token rawText();
    bool skipComment();
    /// The template text before a tag without what its sign or lstrip_blocks removes.
    std::string_view strippedText(std::size_t begin, std::size_t end, char sign, bool variable) const;
    void enter(State state);
    Token invalid(std::size_t at, std::string message, ErrorCode code = ErrorCode::FileMalformed);
    Token made(TokenKind kind, std::size_t at, std::string_view text = {}) const;

    std::string_view m_source;
    std::size_t m_at = 0;
    State m_state = State::Root;
    bool m_lineStarts = true;  ///< what was read last ends with a line break
    std::optional<Token> m_waiting;
    std::vector<char> m_open;  ///< closing brackets that are expected
    Error m_error;
    std::size_t m_errorAt = 0;
};

}  // namespace lathe::jinja
