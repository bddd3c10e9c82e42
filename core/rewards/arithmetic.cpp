// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rewards/arithmetic.h"

#include <charconv>
#include <cmath>
#include <string>

namespace lathe {
namespace {

constexpr int kDeepestBrackets = 32;
constexpr std::size_t kLongestText = 1 << 14;  ///< what lies behind is not looked at

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

/// A number at the beginning of `text`: digits, thousands set off by commas, a decimal part. Its bytes, 0
/// when there is none.
std::size_t numberAt(std::string_view text, double& value) {
    std::string digits;
    std::size_t at = 0;
    while (at < text.size()) {
        const bool thousands = text[at] == ',' && at > 0 && at + 3 < text.size() && isDigit(text[at + 1]) &&
                               isDigit(text[at + 2]) && isDigit(text[at + 3]) &&
                               (at + 4 == text.size() || !isDigit(text[at + 4]));
        const bool point = text[at] == '.' && at > 0 && at + 1 < text.size() && isDigit(text[at + 1]) &&
                           digits.find('.') == std::string::npos;
        if (isDigit(text[at]) || point)
            digits += text[at];
        else if (!thousands)
            break;
        ++at;
    }
    if (digits.empty()) return 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return fault == std::errc() ? at : 0;
}

/// Recursive descent over the beginning of a text; `at` stands behind the last complete part.
class SumReader {
  public:
    explicit SumReader(std::string_view text) : m_text(text) {}

    std::optional<double> sum(int depth = 0) {
        auto left = product(depth);
        while (left) {
            const std::size_t before = m_at;
            const char operation = take("+-");
            if (operation == '\0') break;
            const auto right = product(depth);
            if (!right) {
                m_at = before;
                break;
            }
            left = operation == '+' ? *left + *right : *left - *right;
            ++operations;
        }
        return left;
    }
    std::size_t at() const { return m_at; }

    int operations = 0;

  private:
    std::optional<double> product(int depth) {
        auto left = factor(depth);
        while (left) {
            const std::size_t before = m_at;
            const char operation = take("*/");
            if (operation == '\0') break;
            const auto right = factor(depth);
            if (!right) {
                m_at = before;
                break;
            }
            left = operation == '*' ? *left * *right : *left / *right;
            ++operations;
        }
        return left;
    }

    std::optional<double> factor(int depth) {
        const std::size_t before = m_at;
        if (depth > kDeepestBrackets) return std::nullopt;
        skipBlanks();
        const bool negative = m_at < m_text.size() && m_text[m_at] == '-';
        m_at += negative;
        double value = 0;
        if (m_at < m_text.size() && m_text[m_at] == '(') {
            ++m_at;
            const auto inside = sum(depth + 1);
            skipBlanks();
            if (inside && m_at < m_text.size() && m_text[m_at] == ')') {
                ++m_at;
                return negative ? -*inside : *inside;
            }
        } else if (const std::size_t length = numberAt(m_text.substr(m_at), value)) {
            m_at += length;
            return negative ? -value : value;
        }
        m_at = before;
        return std::nullopt;
    }

    /// One of the operations, as * or / whatever it was written as; \0 and no move when there is none.
    char take(std::string_view wanted) {
        skipBlanks();
        static constexpr std::pair<std::string_view, char> kSigns[] = {
            {"+", '+'}, {"-", '-'},      {"\u2212", '-'}, {"*", '*'},
            {"x", '*'}, {"\u00d7", '*'}, {"/", '/'},      {"\u00f7", '/'}};
        for (const auto& [sign, operation] : kSigns)
            if (m_text.substr(m_at).starts_with(sign) && wanted.find(operation) != std::string_view::npos) {
                m_at += sign.size();
                return operation;
            }
        return '\0';
    }
    void skipBlanks() {
        while (m_at < m_text.size() && m_text[m_at] == ' ') ++m_at;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

}  // namespace

std::optional<double> valueOfSum(std::string_view text) {
    text = text.substr(0, kLongestText);
    std::optional<double> best;
    std::size_t longest = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const bool starts = isDigit(text[begin]) || text[begin] == '(' || text[begin] == '-';
        if (!starts) {
            ++begin;
            continue;
        }
        SumReader reader(text.substr(begin));
        const auto value = reader.sum();
        if (value && reader.operations > 0 && std::isfinite(*value) && reader.at() > longest) {
            best = value;
            longest = reader.at();
        }
        begin += value ? std::max<std::size_t>(1, reader.at()) : 1;
    }
    return best;
}

std::optional<double> lastNumber(std::string_view text) {
    if (text.size() > kLongestText) text = text.substr(text.size() - kLongestText);
    std::optional<double> last;
    for (std::size_t begin = 0; begin < text.size();) {
        double value = 0;
        const std::size_t length = isDigit(text[begin]) ? numberAt(text.substr(begin), value) : 0;
        if (length > 0) {
            const bool minus =
                begin > 0 && text[begin - 1] == '-' && (begin == 1 || !isDigit(text[begin - 2]));
            last = minus ? -value : value;
        }
        begin += std::max<std::size_t>(1, length);
    }
    return last;
}

}  // namespace lathe
