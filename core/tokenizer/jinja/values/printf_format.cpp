// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/printf_format.h"

#include <cmath>

#include "core/tokenizer/jinja/values/number_format.h"
#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

class Formatter {
  public:
    Formatter(Run& run, const Value& text, const Value& values)
        : m_run(run), m_format(text.bytes()), m_values(values), m_markup(text.text().markup) {}

    Result<std::string> format() {
        while (m_at < m_format.size()) {
            const std::size_t percent = std::min(m_format.find('%', m_at), m_format.size());
            m_out += m_format.substr(m_at, percent - m_at);
            m_at = percent + 1;
            if (percent < m_format.size()) LATHE_TRY_VOID(one());
        }
        const bool mapping = m_values.is(Kind::Dict);
        if (m_values.is(Kind::Tuple) ? m_next < m_values.items().size()
                                     : m_next == 0 && !mapping && !m_values.is(Kind::List) &&
                                           !m_values.isUndefined() && !m_values.is(Kind::Range))
            return failure("not all values are used by the format");
        return std::move(m_out);
    }

  private:
    Result<Value> nextValue() {
        if (m_values.is(Kind::Tuple)) {
            if (m_next >= m_values.items().size()) return failure("too few values for the format");
            return m_values.items()[m_next++];
        }
        if (m_next++ > 0) return failure("too few values for the format");
        return m_values;
    }

    Result<Value> namedValue() {
        std::size_t depth = 1, end = m_at + 1;
        for (; end < m_format.size() && depth > 0; ++end)
            depth += m_format[end] == '(' ? 1 : m_format[end] == ')' ? std::size_t(-1) : 0;
        if (depth > 0) return failure("a name in the format has no \")\"");
        if (!m_values.is(Kind::Dict)) return failure("a format with names needs a dict");
        const std::string_view name = m_format.substr(m_at + 1, end - m_at - 2);
        m_at = end;
        const Value* const value = m_values.dict().find(name);
        if (!value) return failure("no value \"" + std::string(name) + "\" for the format");
        m_next = 1;
        return *value;
    }

    void flags(Layout& layout) {
        for (; m_at < m_format.size(); ++m_at) {
            const char c = m_format[m_at];
            if (c == '-')
                layout.align = '<';
            else if (c == '+' || (c == ' ' && layout.sign == '-'))
                layout.sign = c;
            else if (c == '#')
                layout.alternate = true;
            else if (c == '0')
                m_zero = true;
            else if (c != ' ')
                return;
        }
    }

    Result<int64_t> count() {
        if (m_at < m_format.size() && m_format[m_at] == '*') {
            ++m_at;
            LATHE_TRY(const Value value, nextValue());
            if (!value.isIntegral()) return failure("\"*\" in a format needs an integer");
            return value.integer();
        }
        int64_t number = 0;
        for (; m_at < m_format.size() && m_format[m_at] >= '0' && m_format[m_at] <= '9'; ++m_at) {
            number = number * 10 + (m_format[m_at] - '0');
            if (number > INT32_MAX) return failure("a width in the format is too large");
        }
        return number;
    }

    Result<void> one() {
        Layout layout;
        m_zero = false;
        Value value;
        if (m_at < m_format.size() && m_format[m_at] == '(') {
            LATHE_TRY(value, namedValue());
        }
        flags(layout);
        LATHE_TRY(layout.width, count());
        if (layout.width < 0) {
            layout.align = '<';
            layout.width = -layout.width;
        }
        if (m_at < m_format.size() && m_format[m_at] == '.') {
            ++m_at;
            LATHE_TRY(layout.precision, count());
            layout.precision = std::max<int64_t>(layout.precision, 0);
        }
        while (m_at < m_format.size() &&
               (m_format[m_at] == 'l' || m_format[m_at] == 'h' || m_format[m_at] == 'L'))
            ++m_at;
        if (m_at >= m_format.size()) return failure("the format ends after \"%\"");
        layout.type = m_format[m_at++];
        if (layout.type == '%') {
            m_out += '%';
            return {};
        }
        if (value.isMissing()) {
            LATHE_TRY(value, nextValue());
        }
        LATHE_TRY(const std::string text, converted(value, layout));
        LATHE_TRY_VOID(m_run.charge(text.size()));
        m_out += text;
        return {};
    }

    Result<std::string> converted(const Value& value, Layout layout) {
        const char type = layout.type;
        if (type == 's' || type == 'r' || type == 'a') return textOf(value, layout);
        if (type == 'c' && value.isString()) {
            if (value.text().length != 1) return failure("%c needs one character");
            return laidOut(m_run, std::string(value.bytes()), 0, layout, '>');
        }
        if (std::string_view("diuoxXc").find(type) != std::string_view::npos) {
            LATHE_TRY(const int64_t number, integerOf(value, type));
            if (type == 'i' || type == 'u') layout.type = 'd';
            if (m_zero && !layout.align) padWithZeros(layout);
            if (type == 'c')
                return laidOut(m_run, tok::utf8Of(static_cast<char32_t>(number)), 0, layout, '>');
            return integerText(m_run, number, layout);
        }
        if (std::string_view("eEfFgG").find(type) == std::string_view::npos)
            return failure(std::string("the format has an unknown type \"") + type + "\"");
        if (value.isUndefined()) return undefinedError(value);
        if (!value.isNumber()) return failure(aValue(value) + " where the format needs a number");
        if (m_zero && !layout.align) padWithZeros(layout);
        return floatText(m_run, value.number(), layout);
    }

    static void padWithZeros(Layout& layout) {
        layout.fill = U'0';
        layout.align = '=';
    }

    Result<int64_t> integerOf(const Value& value, char type) const {
        if (value.isUndefined()) return undefinedError(value);
        const bool truncates = (type == 'd' || type == 'i' || type == 'u') && value.is(Kind::Float);
        if (truncates && std::fabs(value.number()) < 9.2e18) return static_cast<int64_t>(value.number());
        if (!value.isIntegral()) return failure(aValue(value) + " where the format needs an integer");
        if (type == 'c' && (value.integer() < 0 || value.integer() > 0x10FFFF ||
                            (value.integer() >= 0xD800 && value.integer() < 0xE000)))
            return failure("%c needs the code of a character");
        return value.integer();
    }

    Result<std::string> textOf(const Value& value, const Layout& layout) {
        std::string text;
        if (layout.type == 's') {
            LATHE_TRY(text, shown(m_run, value));
        } else {
            LATHE_TRY(text, repr(m_run, value));
            if (layout.type == 'a' && value.isString()) text = reprOfText(value.bytes(), true);
        }
        if (m_markup && !(value.isString() && value.text().markup)) text = escapedHtml(text);
        if (layout.precision >= 0)
            text = text.substr(0, byteAt(text, static_cast<std::size_t>(layout.precision)));
        return laidOut(m_run, std::move(text), 0, layout, '>');
    }

    Run& m_run;
    std::string_view m_format;
    const Value& m_values;
    const bool m_markup;
    std::string m_out;
    std::size_t m_at = 0, m_next = 0;
    bool m_zero = false;
};

}  // namespace

Result<Value> formatted(Run& run, const Value& text, const Value& values) {
    Formatter formatter(run, text, values);
    LATHE_TRY(std::string out, formatter.format());
    return run.text(std::move(out), text.text().markup);
}

}  // namespace lathe::jinja
