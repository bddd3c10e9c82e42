// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/shown.h"

#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/tokenizer/jinja/values/python_text.h"

namespace lathe::jinja {
namespace {

Result<void> appendRepr(Run& run, std::string& out, const Value& value);

Result<void> appendItems(Run& run, std::string& out, const std::vector<Value>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i) out += ", ";
        LATHE_TRY_VOID(appendRepr(run, out, items[i]));
    }
    return {};
}

Result<void> appendDict(Run& run, std::string& out, const Dict& dict) {
    out += '{';
    for (std::size_t i = 0; i < dict.entries().size(); ++i) {
        if (i) out += ", ";
        LATHE_TRY_VOID(appendRepr(run, out, dict.entries()[i].key));
        out += ": ";
        LATHE_TRY_VOID(appendRepr(run, out, dict.entries()[i].value));
    }
    out += '}';
    return {};
}

Result<void> appendView(Run& run, std::string& out, const View& view) {
    static constexpr const char* kNames[] = {"dict_keys([", "dict_values([", "dict_items(["};
    out += kNames[static_cast<int>(view.part)];
    bool first = true;
    for (const Dict::Entry& entry : view.dict.entries()) {
        if (!first) out += ", ";
        first = false;
        const bool both = view.part == View::Part::Items;
        if (both) out += '(';
        if (view.part != View::Part::Values) LATHE_TRY_VOID(appendRepr(run, out, entry.key));
        if (both) out += ", ";
        if (view.part != View::Part::Keys) LATHE_TRY_VOID(appendRepr(run, out, entry.value));
        if (both) out += ')';
    }
    out += "])";
    return {};
}

std::string reprOfRange(const Range& range) {
    std::string out = "range(" + std::to_string(range.start) + ", " + std::to_string(range.stop);
    if (range.step != 1) out += ", " + std::to_string(range.step);
    return out + ")";
}

Result<void> appendNested(Run& run, std::string& out, const Value& value) {
    const Run::Nesting nesting(run);
    LATHE_TRY_VOID(nesting.check());
    switch (value.kind()) {
        case Kind::List:
            out += '[';
            LATHE_TRY_VOID(appendItems(run, out, value.items()));
            out += ']';
            return {};
        case Kind::Tuple:
            out += '(';
            LATHE_TRY_VOID(appendItems(run, out, value.items()));
            out += value.items().size() == 1 ? ",)" : ")";
            return {};
        case Kind::Dict:
            return appendDict(run, out, value.dict());
        case Kind::View:
            return appendView(run, out, value.view());
        default: {
            LATHE_TRY(const std::string text, value.native().shown(run));
            out += text;
            return {};
        }
    }
}

Result<void> appendRepr(Run& run, std::string& out, const Value& value) {
    LATHE_TRY_VOID(run.step());
    const std::size_t before = out.size();
    if (value.isString()) {
        LATHE_TRY_VOID(run.afford(10, value.bytes().size()));
        if (value.text().markup) out += "Markup(";
        out += reprOfText(value.bytes());
        if (value.text().markup) out += ")";
    } else if (value.isUndefined()) {
        out += "Undefined";
    } else {
        return appendShown(run, out, value);
    }
    return run.charge(out.size() - before);
}

}  // namespace

std::string reprOfText(std::string_view text, bool asciiOnly) {
    const bool apostrophe = text.find('\'') != std::string_view::npos;
    const char quote = apostrophe && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string out(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = tok::nextCodePoint(text, at);
        if (c == static_cast<char32_t>(quote) || c == '\\')
            (out += '\\') += static_cast<char>(c);
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else if (c >= 0x80 ? asciiOnly || !isPrintable(c) : c < ' ' || c == 0x7F)
            appendEscape(out, c);
        else
            out += text.substr(begin, at - begin);
    }
    return out + quote;
}

std::string reprOfFloat(double number) {
    if (std::isnan(number)) return "nan";
    if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
    char digits[64];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::scientific).ptr;
    const std::string scientific(digits, end);
    const std::size_t e = scientific.find('e');
    const int exponent = std::stoi(scientific.substr(e + 1));
    if (exponent < -4 || exponent >= 16) {
        char written[16];
        std::snprintf(written, sizeof written, "e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
        return scientific.substr(0, e) + written;
    }
    const auto fixed = std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr;
    std::string out(digits, fixed);
    if (out.find('.') == std::string::npos) out += ".0";
    return out;
}

Result<void> appendShown(Run& run, std::string& out, const Value& value) {
    const std::size_t before = out.size();
    switch (value.kind()) {
        case Kind::Missing:
        case Kind::Undefined:
            return {};
        case Kind::None:
            out += "None";
            return {};
        case Kind::Boolean:
            out += value.boolean() ? "True" : "False";
            return {};
        case Kind::Integer:
            out += std::to_string(value.integer());
            return {};
        case Kind::Float:
            out += reprOfFloat(value.number());
            return {};
        case Kind::String:
            LATHE_TRY_VOID(run.charge(value.bytes().size()));
            out += value.bytes();
            return {};
        case Kind::Range:
            out += reprOfRange(value.range());
            return {};
        case Kind::Iterator:
            return failure("a generator is printed, which shows an address that is never the same",
                           "|list or |join shows its elements");
        default:
            LATHE_TRY_VOID(appendNested(run, out, value));
            return run.charge(out.size() - before);
    }
}

Result<std::string> shown(Run& run, const Value& value) {
    std::string out;
    LATHE_TRY_VOID(appendShown(run, out, value));
    return out;
}

Result<Value> shownText(Run& run, const Value& value) {
    if (value.isString()) return value;
    LATHE_TRY(std::string text, shown(run, value));
    return run.text(std::move(text));
}

Result<std::string> repr(Run& run, const Value& value) {
    std::string out;
    LATHE_TRY_VOID(appendRepr(run, out, value));
    return out;
}

}  // namespace lathe::jinja
