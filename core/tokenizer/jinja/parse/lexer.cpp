// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/tokenizer/jinja/parse/string_literal.h"
#include "core/tokenizer/jinja/values/characters.h"

namespace lathe::jinja {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool isAsciiDigit(char c) {
    return c >= '0' && c <= '9';
}

/// Past digits that single underscores may part.
std::size_t skipDigits(std::string_view text, std::size_t at) {
    while (at < text.size() && (isAsciiDigit(text[at]) ||
                                (text[at] == '_' && at + 1 < text.size() && isAsciiDigit(text[at + 1]))))
        ++at;
    return at;
}

int digitValue(char c) {
    if (isAsciiDigit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

int baseOf(std::string_view text) {
    if (text.size() < 2 || text[0] != '0') return 10;
    const char letter = static_cast<char>(text[1] | 0x20);
    return letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
}

/// Past the digits of an integer literal of this base, a prefix of two characters before them.
std::size_t skipInteger(std::string_view text, std::size_t at, int base) {
    const std::size_t begin = at;
    const bool zero = text[at] == '0';
    if (base != 10) at += 2;
    const auto fits = [&](std::size_t i) {
        return i < text.size() && digitValue(text[i]) < base && (base != 10 || !zero || text[i] == '0');
    };
    while (fits(at) || (at < text.size() && text[at] == '_' && at > begin && fits(at + 1))) ++at;
    return at;
}

std::string withoutUnderscores(std::string_view text) {
    std::string plain(text);
    std::erase(plain, '_');
    return plain;
}

bool startsWithAt(std::string_view text, std::size_t at, std::string_view part) {
    return text.substr(std::min(at, text.size())).starts_with(part);
}

}  // namespace

std::string normalizedSource(std::string source) {
    std::string out;
    out.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] != '\r') {
            out += source[i];
            continue;
        }
        out += '\n';
        if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    }
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

std::string placeOf(const std::string& place, std::string_view source, std::size_t at) {
    const std::string_view before = source.substr(0, at);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n') == kNone ? 0 : before.rfind('\n') + 1;
    return place + ":" + std::to_string(line) + ":" +
           std::to_string(1 + countCharacters(before.substr(start)));
}

Token Lexer::made(TokenKind kind, std::size_t at, std::string_view text) const {
    Token token;
    token.kind = kind;
    token.at = at;
    token.text = text;
    return token;
}

Token Lexer::invalid(std::size_t at, std::string message, ErrorCode code) {
    m_error = Error{code, std::move(message), "", ""};
    m_errorAt = at;
    m_at = m_source.size();
    m_state = State::Root;
    return made(TokenKind::Invalid, at);
}

void Lexer::enter(State state) {
    m_state = state;
    m_open.clear();
}

Token Lexer::next() {
    if (m_error.message.size()) return made(TokenKind::Invalid, m_errorAt);
    if (m_waiting) {
        Token token = std::move(*m_waiting);
        m_waiting.reset();
        return token;
    }
    return m_state == State::Root ? nextInRoot() : nextInTag();
}

std::string_view Lexer::strippedText(std::size_t begin, std::size_t end, char sign, bool variable) const {
    const std::string_view text = m_source.substr(begin, end - begin);
    if (sign == '-') return text.substr(0, trimmedEnd(text));
    if (sign == '+' || variable) return text;
    const std::size_t line = text.rfind('\n') + 1;  // 0 when there is none
    if ((line > 0 || m_lineStarts) && trimmedEnd(text, line) == line) return text.substr(0, line);
    return text;
}

std::size_t Lexer::rawOpening(std::size_t at) const {
    std::size_t i = at + 2;
    if (i < m_source.size() && (m_source[i] == '-' || m_source[i] == '+')) ++i;
    i = skipSpace(m_source, i);
    if (!startsWithAt(m_source, i, "raw")) return 0;
    i = skipSpace(m_source, i + 3);
    if (startsWithAt(m_source, i, "-%}")) return skipSpace(m_source, i + 3);
    return startsWithAt(m_source, i, "%}") ? i + 2 : 0;
}

Token Lexer::nextInRoot() {
    while (m_at < m_source.size()) {
        std::size_t open = m_source.find('{', m_at);
        while (open != kNone && !startsWithAt(m_source, open, "{%") && !startsWithAt(m_source, open, "{{") &&
               !startsWithAt(m_source, open, "{#"))
            open = m_source.find('{', open + 1);
        const std::size_t begin = m_at;
        if (open == kNone) {
            m_at = m_source.size();
            return made(TokenKind::Data, begin, m_source.substr(begin));
        }
        const char kind = m_source[open + 1];
        char sign = open + 2 < m_source.size() ? m_source[open + 2] : ' ';
        if (sign != '-' && sign != '+') sign = ' ';
        const std::string_view text = strippedText(begin, open, sign, kind == '{');
        const std::size_t raw = kind == '%' ? rawOpening(open) : 0;
        m_at = raw ? raw : open + (sign == ' ' ? 2 : 3);
        m_lineStarts = m_source[m_at - 1] == '\n';
        Token following;
        if (raw) {
            following = rawText();
        } else if (kind == '#') {
            if (!skipComment()) return invalid(open, "the comment has no end \"#}\"");
        } else {
            following = made(kind == '{' ? TokenKind::VariableBegin : TokenKind::BlockBegin, open);
            enter(kind == '{' ? State::Variable : State::Block);
        }
        const bool nothing = following.kind == TokenKind::End;
        if (!text.empty()) {
            if (!nothing) m_waiting = std::move(following);
            return made(TokenKind::Data, begin, text);
        }
        if (!nothing) return following;
    }
    return made(TokenKind::End, m_source.size());
}

Token Lexer::rawText() {
    const std::size_t begin = m_at;
    for (std::size_t open = m_source.find("{%", begin); open != kNone; open = m_source.find("{%", open + 2)) {
        std::size_t i = open + 2;
        char sign = i < m_source.size() ? m_source[i] : ' ';
        if (sign == '-' || sign == '+')
            ++i;
        else
            sign = ' ';
        i = skipSpace(m_source, i);
        if (!startsWithAt(m_source, i, "endraw")) continue;
        i = skipSpace(m_source, i + 6);
        if (startsWithAt(m_source, i, "+%}"))
            m_at = i + 3;
        else if (startsWithAt(m_source, i, "-%}"))
            m_at = skipSpace(m_source, i + 3);
        else if (startsWithAt(m_source, i, "%}"))
            m_at = i + (startsWithAt(m_source, i + 2, "\n") ? 3 : 2);
        else
            continue;
        const std::string_view text = strippedText(begin, open, sign, false);
        m_lineStarts = m_source[m_at - 1] == '\n';
        return text.empty() ? made(TokenKind::End, begin) : made(TokenKind::Data, begin, text);
    }
    return invalid(begin, "the raw text has no end \"{% endraw %}\"");
}

bool Lexer::skipComment() {
    const std::size_t end = m_source.find("#}", m_at);
    if (end == kNone) return false;
    const char sign = end > m_at ? m_source[end - 1] : ' ';
    m_at = end + 2;
    if (sign == '-')
        m_at = skipSpace(m_source, m_at);
    else if (sign != '+' && startsWithAt(m_source, m_at, "\n"))
        ++m_at;
    m_lineStarts = m_source[m_at - 1] == '\n';
    return true;
}

std::optional<Token> Lexer::endOfTag() {
    if (!m_open.empty()) return std::nullopt;
    const std::size_t at = m_at;
    const bool variable = m_state == State::Variable;
    const std::string_view end = variable ? "}}" : "%}";
    if (startsWithAt(m_source, at + 1, end) && m_source[at] == '-')
        m_at = skipSpace(m_source, at + 3);
    else if (startsWithAt(m_source, at + 1, end) && m_source[at] == '+' && !variable)
        m_at = at + 3;
    else if (startsWithAt(m_source, at, end))
        m_at = at + (!variable && startsWithAt(m_source, at + 2, "\n") ? 3 : 2);
    else
        return std::nullopt;
    m_lineStarts = m_source[m_at - 1] == '\n';
    enter(State::Root);
    return made(variable ? TokenKind::VariableEnd : TokenKind::BlockEnd, at);
}

Token Lexer::nextInTag() {
    if (const auto end = endOfTag()) return *end;
    if (const std::size_t past = skipSpace(m_source, m_at); past > m_at) {
        m_at = past;
        if (const auto end = endOfTag()) return *end;
    }
    if (m_at >= m_source.size()) return made(TokenKind::End, m_at);
    const std::size_t begin = m_at;
    const char c = m_source[begin];
    if (isAsciiDigit(c)) return number();
    if (c == '\'' || c == '"') return string();
    std::size_t at = begin;
    if (startsName(tok::nextCodePoint(m_source, at))) {
        m_at = at;
        while (at < m_source.size() && continuesName(tok::nextCodePoint(m_source, at))) m_at = at;
        return made(TokenKind::Name, begin, m_source.substr(begin, m_at - begin));
    }
    return operatorToken();
}

Token Lexer::number() {
    const std::size_t begin = m_at;
    std::size_t end = skipDigits(m_source, begin);
    bool real = false;
    const auto digitAt = [&](std::size_t i) { return i < m_source.size() && isAsciiDigit(m_source[i]); };
    const bool afterDot = begin > 0 && m_source[begin - 1] == '.';
    if (!afterDot) {
        if (startsWithAt(m_source, end, ".") && digitAt(end + 1)) {
            real = true;
            end = skipDigits(m_source, end + 1);
        }
        const std::size_t sign = end + 1;
        if (end < m_source.size() && (m_source[end] | 0x20) == 'e') {
            const bool isSigned = startsWithAt(m_source, sign, "+") || startsWithAt(m_source, sign, "-");
            if (digitAt(sign + isSigned)) {
                real = true;
                end = skipDigits(m_source, sign + isSigned);
            }
        }
    }
    int base = baseOf(m_source.substr(begin));
    if (base != 10 && (begin + 2 >= m_source.size() ||
                       digitValue(m_source[begin + 2 + (m_source[begin + 2] == '_')]) >= base))
        base = 10;  // "0" and a name after it
    if (!real) end = skipInteger(m_source, begin, base);
    m_at = end;
    const std::string digits = withoutUnderscores(m_source.substr(begin, end - begin));
    Token token = made(real ? TokenKind::Float : TokenKind::Integer, begin);
    const char* const first = digits.data() + (base != 10 && !real ? 2 : 0);
    const char* const last = digits.data() + digits.size();
    const auto read =
        real ? std::from_chars(first, last, token.number) : std::from_chars(first, last, token.integer, base);
    if (read.ec != std::errc())
        return invalid(begin, "the number " + digits.substr(0, 40) + " is too large", ErrorCode::Unsupported);
    return token;
}

Token Lexer::string() {
    const std::size_t begin = m_at;
    const char quote = m_source[begin];
    std::size_t end = begin + 1;
    while (end < m_source.size() && m_source[end] != quote) end += m_source[end] == '\\' ? 2 : 1;
    if (end >= m_source.size()) return invalid(begin, std::string("the string has no end ") + quote);
    m_at = end + 1;
    auto text = unescaped(m_source.substr(begin + 1, end - begin - 1));
    if (!text.ok()) return invalid(begin, text.error().message, text.error().code);
    return made(TokenKind::String, begin, text.value());
}

Token Lexer::operatorToken() {
    static constexpr std::array<std::string_view, 26> kOperators = {
        "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    const std::size_t at = m_at;
    const auto* const found =
        std::find_if(kOperators.begin(), kOperators.end(),
                     [&](std::string_view symbol) { return startsWithAt(m_source, at, symbol); });
    if (found == kOperators.end()) {
        std::size_t end = at;
        (void)tok::nextCodePoint(m_source, end);
        return invalid(at, "unexpected character \"" + std::string(m_source.substr(at, end - at)) + "\"");
    }
    const char c = (*found)[0];
    if (c == '(' || c == '[' || c == '{') {
        m_open.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    } else if (c == ')' || c == ']' || c == '}') {
        if (m_open.empty() || m_open.back() != c)
            return invalid(at,
                           std::string("unexpected \"") + c + "\"" +
                               (m_open.empty() ? "" : std::string(", expected \"") + m_open.back() + "\""));
        m_open.pop_back();
    }
    m_at += found->size();
    return made(TokenKind::Operator, at, *found);
}

}  // namespace lathe::jinja
