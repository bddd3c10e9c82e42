// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/functions/brace_format.h"

#include <algorithm>
#include <charconv>

#include "core/tokenizer/jinja/values/lookup.h"
#include "core/tokenizer/jinja/values/number_format.h"
#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

bool isAlign(char32_t c) {
    return c == U'<' || c == U'>' || c == U'^' || c == U'=';
}

bool isDigits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Digits of a width or a precision at `at`.
Result<int64_t> countAt(std::string_view spec, std::size_t& at, int64_t fallback) {
    int64_t count = fallback;
    const auto read = std::from_chars(spec.data() + at, spec.data() + spec.size(), count);
    if (read.ec == std::errc::result_out_of_range || count > INT32_MAX)
        return failure("a width in the format is too large");
    at = static_cast<std::size_t>(read.ptr - spec.data());
    return count;
}

/// [[fill]align][sign][#][0][width][grouping][.precision][type]
Result<Layout> layoutOf(std::string_view spec) {
    Layout layout;
    std::size_t at = 0, second = 0;
    const char32_t first = spec.empty() ? U'\0' : tok::nextCodePoint(spec, second);
    if (second > 0 && second < spec.size() && isAlign(static_cast<unsigned char>(spec[second]))) {
        layout.fill = first;
        layout.align = spec[second];
        at = second + 1;
    } else if (isAlign(first)) {
        layout.align = spec[at++];
    }
    const auto skip = [&](char c) { return at < spec.size() && spec[at] == c ? (++at, true) : false; };
    if (at < spec.size() && std::string_view("+- ").find(spec[at]) != std::string_view::npos)
        layout.sign = spec[at++];
    layout.alternate = skip('#');
    if (skip('0') && !layout.align) {
        layout.fill = U'0';
        layout.align = '=';
    }
    LATHE_TRY(layout.width, countAt(spec, at, 0));
    if (skip(','))
        layout.grouping = ',';
    else if (skip('_'))
        layout.grouping = '_';
    if (skip('.')) {
        LATHE_TRY(layout.precision, countAt(spec, at, -1));
        if (layout.precision < 0) return failure("the format has no precision after its point");
    }
    if (at < spec.size()) layout.type = spec[at++];
    if (at < spec.size()) return failure("the format \"" + std::string(spec) + "\" is not understood");
    return layout;
}

class Formatter {
  public:
    Formatter(Run& run, const Arguments& arguments, bool markup)
        : m_run(run), m_arguments(arguments), m_markup(markup) {}

    /// `level` counts formats inside formats, of which there may be one.
    Result<std::string> format(std::string_view text, int level) {
        if (text.empty()) return std::string();
        if (level > 2) return failure("a format inside a format inside a format");
        std::string out;
        for (std::size_t at = 0; at < text.size();) {
            const char c = text[at];
            const bool twice = at + 1 < text.size() && text[at + 1] == c;
            if (c != '{' && c != '}') {
                out += c;
                ++at;
            } else if (twice) {
                out += c;
                at += 2;
            } else if (c == '}') {
                return failure("a \"}\" without a \"{\" in the format");
            } else {
                LATHE_TRY(const std::size_t end, endOfField(text, at));
                LATHE_TRY(const std::string field, fieldText(text.substr(at + 1, end - at - 1), level));
                LATHE_TRY_VOID(m_run.charge(field.size()));
                out += field;
                at = end + 1;
            }
        }
        return out;
    }

  private:
    static Result<std::size_t> endOfField(std::string_view text, std::size_t at) {
        int depth = 0;
        for (; at < text.size(); ++at) {
            if (text[at] == '{') ++depth;
            if (text[at] == '}' && --depth == 0) return at;
        }
        return failure("a \"{\" without a \"}\" in the format");
    }

    Result<std::string> fieldText(std::string_view field, int level) {
        std::size_t end = 0;  // of the name: brackets may hold "!" and ":"
        for (bool inside = false; end < field.size(); ++end) {
            if (field[end] == '[') inside = true;
            if (field[end] == ']') inside = false;
            if (!inside && (field[end] == '!' || field[end] == ':')) break;
        }
        LATHE_TRY(Value value, valueOf(field.substr(0, end)));
        std::string_view rest = field.substr(end);
        if (rest.starts_with('!')) {
            if (rest.size() < 2 || (rest.size() > 2 && rest[2] != ':'))
                return failure("the format has an unknown conversion");
            LATHE_TRY(value, converted(value, rest[1]));
            rest = rest.substr(2);
        }
        LATHE_TRY(const std::string spec, format(rest.substr(rest.empty() ? 0 : 1), level + 1));
        LATHE_TRY(std::string text, formattedBySpec(m_run, value, spec));
        const bool safe = value.isString() && value.text().markup;
        return m_markup && !safe ? escapedHtml(text) : text;
    }

    Result<Value> converted(const Value& value, char conversion) {
        std::string text;
        if (conversion == 's') return shownText(m_run, value);
        if (conversion == 'r') {
            LATHE_TRY(text, repr(m_run, value));
        } else if (conversion == 'a' && value.isString()) {
            text = reprOfText(value.bytes(), true);
        } else {
            return failure(std::string("the format has an unknown conversion \"") + conversion + "\"");
        }
        return m_run.text(std::move(text));
    }

    /// "", "0", "name", and what follows in ".attribute" and "[key]".
    Result<Value> valueOf(std::string_view name) {
        const std::size_t first = std::min(name.find_first_of(".["), name.size());
        if (first == 0 && !name.empty()) return failure("the format names nothing before \".\" or \"[\"");
        LATHE_TRY(Value value, argument(name.substr(0, first), first == name.size()));
        for (std::size_t at = first; at < name.size();) {
            const bool attribute = name[at] == '.';
            const std::size_t end =
                attribute ? std::min(name.find_first_of(".[", at + 1), name.size()) : name.find(']', at);
            if (end == std::string_view::npos || end == at + 1)
                return failure("the format names nothing after \".\" or \"[\"");
            const std::string_view part = name.substr(at + 1, end - at - 1);
            if (attribute) {
                LATHE_TRY(value, attributeOf(m_run, value, part));
            } else {
                LATHE_TRY(Value key, m_run.text(std::string(part)));
                if (isDigits(part)) {
                    LATHE_TRY(const std::size_t index, number(part));
                    key = Value::integer(static_cast<int64_t>(index));
                }
                LATHE_TRY(value, itemOf(m_run, value, key));
            }
            at = attribute ? end : end + 1;
            if (at < name.size() && name[at] != '.' && name[at] != '[')
                return failure("only \".\" or \"[\" may follow \"]\" in the format");
        }
        return value;
    }

    static Result<std::size_t> number(std::string_view digits) {
        std::size_t index = 0;
        if (std::from_chars(digits.data(), digits.data() + digits.size(), index).ec != std::errc() ||
            index > INT32_MAX)
            return failure("a number in the format is too large");
        return index;
    }

    /// Only fields that are `whole`, without attributes, count as numbered.
    Result<Value> argument(std::string_view name, bool whole) {
        if (!name.empty() && !isDigits(name)) {
            for (const auto& [known, value] : m_arguments.named)
                if (known == name) return value;
            return failure("no value \"" + std::string(name) + "\" for the format");
        }
        std::size_t index = m_next;
        if (name.empty()) {
            ++m_next;
            m_automatic = true;
        } else {
            LATHE_TRY(index, number(name));
            m_manual = m_manual || whole;
        }
        if (m_automatic && m_manual)
            return failure("a format cannot both number its fields and leave it to Python");
        if (index >= m_arguments.positional.size()) return failure("too few values for the format");
        return m_arguments.positional[index];
    }

    Run& m_run;
    const Arguments& m_arguments;
    const bool m_markup;
    std::size_t m_next = 0;
    bool m_automatic = false, m_manual = false;
};

}  // namespace

Result<std::string> formattedBySpec(Run& run, const Value& value, std::string_view spec) {
    if (spec.empty()) return shown(run, value);
    LATHE_TRY(Layout layout, layoutOf(spec));
    const bool real =
        value.is(Kind::Float) || (value.isNumber() && layout.type != 0 &&
                                  std::string_view("eEfFgG%").find(layout.type) != std::string_view::npos);
    const char* const types = real ? "eEfFgGn%" : value.isNumber() ? "bcdoxXn" : "s";
    if (!value.isNumber() && !value.isString()) return failure(aValue(value) + " takes no format");
    if (layout.type != 0 && std::string_view(types).find(layout.type) == std::string_view::npos)
        return failure(aValue(value) + " cannot be formatted as \"" + layout.type + "\"");
    if (real) return floatText(run, value.number(), layout);
    if (value.isNumber()) {
        if (layout.precision >= 0) return failure("an integer cannot be formatted with a precision");
        return integerText(run, value.integer(), layout);
    }
    if (layout.align == '=' && layout.fill == U'0') layout.align = '<';
    if (layout.align == '=' || layout.sign != '-' || layout.grouping || layout.alternate)
        return failure("text cannot be formatted as a number");
    std::string text(value.bytes());
    if (layout.precision >= 0)
        text = text.substr(0, byteAt(text, static_cast<std::size_t>(layout.precision)));
    return laidOut(run, std::move(text), 0, layout, '<');
}

Result<Value> braceFormatted(Run& run, const Value& text, const Arguments& arguments) {
    Formatter formatter(run, arguments, text.text().markup);
    LATHE_TRY(std::string out, formatter.format(text.bytes(), 1));
    return run.text(std::move(out), text.text().markup);
}

}  // namespace lathe::jinja
