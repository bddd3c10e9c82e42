// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "core/tokenizer/jinja/values/attribute_path.h"
#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/number_format.h"
#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/printf_format.h"
#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

/// What is filtered, as text.
Result<Value> inputText(const BuiltinCall& call) {
    LATHE_TRY(const Value text, shownText(call.run, call.self));
    LATHE_TRY_VOID(call.run.stepBytes(text.bytes().size()));
    return text;
}

/// The filter that is the str method of the same name.
Result<Value> asMethod(const BuiltinCall& call) {
    LATHE_TRY(const Value text, inputText(call));
    const std::string_view name = call.builtin.name == "trim" ? "strip" : call.builtin.name;
    Arguments arguments;
    for (const Value& argument : call.bound)
        if (!argument.isMissing()) arguments.positional.push_back(argument);
    return callBuiltin(call.run, *findBuiltin(stringMethods(), name), text, arguments);
}

Result<Value> center(const BuiltinCall& call) {
    LATHE_TRY(const Value text, inputText(call));
    const Value width = call.has(0) ? call[0] : Value::integer(80);
    return callBuiltin(call.run, *findBuiltin(stringMethods(), "center"), text, {{width}, {}});
}

/// Every word, and what follows "-", "(", "{", "[" or "<", begins with a capital.
Result<Value> title(const BuiltinCall& call) {
    LATHE_TRY(const Value input, inputText(call));
    LATHE_TRY_VOID(call.run.afford(8, input.bytes().size()));
    const std::string_view text = input.bytes();
    std::string out;
    bool separator = false;
    for (std::size_t begin = 0, at = 0; at <= text.size();) {
        const std::size_t here = at;
        const bool end = at == text.size();
        const char32_t c = end ? U'\0' : tok::nextCodePoint(text, at);
        const bool splits =
            !end && (isSpace(c) || std::u32string_view(U"-({[<").find(c) != std::u32string_view::npos);
        if (here > begin && (end || splits != separator)) {
            const std::string_view word = text.substr(begin, here - begin);
            std::size_t first = 0;
            (void)tok::nextCodePoint(word, first);
            out += upperCase(word.substr(0, first)) + lowerCase(word.substr(first));
            begin = here;
        }
        separator = splits;
        if (end) break;
    }
    return call.run.text(std::move(out), input.text().markup);
}

Result<Value> escape(const BuiltinCall& call) {
    if (call.self.isString() && call.self.text().markup && call.builtin.name != "forceescape")
        return call.self;
    LATHE_TRY(const Value text, inputText(call));
    LATHE_TRY_VOID(call.run.afford(6, text.bytes().size()));
    return call.run.text(escapedHtml(text.bytes()), true);
}

Result<Value> safe(const BuiltinCall& call) {
    LATHE_TRY(std::string text, shown(call.run, call.self));
    return call.run.text(std::move(text), true);
}

Result<Value> string(const BuiltinCall& call) {
    return shownText(call.run, call.self);
}

Result<Value> format(const BuiltinCall& call) {
    LATHE_TRY(const Value text, inputText(call));
    const Arguments& all = *call.all;
    if (!all.named.empty() && !all.positional.empty())
        return failure("format takes either values or named values");
    if (all.named.empty()) {
        LATHE_TRY(const Value values, call.run.tuple(all.positional));
        return formatted(call.run, text, values);
    }
    Dict* const values = call.run.make<Dict>();
    for (const auto& [name, value] : all.named) {
        LATHE_TRY(const Value key, call.run.text(name));
        values->set({true, key.bytes(), {}}, key, value);
    }
    return formatted(call.run, text, Value(values));
}

Result<Value> join(const BuiltinCall& call) {
    LATHE_TRY(const std::vector<Value> items, elements(call.run, call.self));
    LATHE_TRY(const std::string separator, call.has(0) ? shown(call.run, call[0]) : std::string());
    LATHE_TRY(const AttributePath path, AttributePath::of(call.isNone(1) ? Value::none() : call[1]));
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        LATHE_TRY(const Value item, path.in(call.run, items[i]));
        LATHE_TRY_VOID(call.run.charge(separator.size()));
        if (i) out += separator;
        LATHE_TRY_VOID(appendShown(call.run, out, item));
    }
    return call.run.text(std::move(out));
}

Result<Value> replace(const BuiltinCall& call) {
    LATHE_TRY(const Value text, inputText(call));
    LATHE_TRY(const std::string old, shown(call.run, call[0]));
    LATHE_TRY(const std::string fresh, shown(call.run, call[1]));
    int64_t count = -1;
    if (!call.isNone(2)) {
        LATHE_TRY(count, call.integer(2, -1));
    }
    LATHE_TRY_VOID(call.run.afford(1, replacedSize(text.bytes(), old, fresh, count)));
    return call.run.text(replaced(text.bytes(), old, fresh, count));
}

Result<Value> indent(const BuiltinCall& call) {
    if (call.self.isUndefined()) return undefinedError(call.self);
    if (!call.self.isString()) return failure("indent needs text, not " + aValue(call.self));
    LATHE_TRY(const Value text, inputText(call));
    std::string indention(4, ' ');
    if (call.has(0) && call[0].isString()) {
        indention = call[0].bytes();
    } else {
        LATHE_TRY(const int64_t width, call.integer(0, 4));
        LATHE_TRY_VOID(call.run.afford(1, static_cast<std::size_t>(std::max<int64_t>(width, 0))));
        indention.assign(static_cast<std::size_t>(std::max<int64_t>(width, 0)), ' ');
    }
    LATHE_TRY(const bool first, call.truth(1, false));
    LATHE_TRY(const bool blank, call.truth(2, false));
    const std::string whole = std::string(text.bytes()) + "\n";
    LATHE_TRY_VOID(call.run.afford(sizeof(std::string_view), whole.size()));
    const std::vector<std::string_view> lines = splitLines(whole, false);
    std::size_t size = whole.size();
    LATHE_TRY_VOID(call.run.afford(lines.size() + 1, indention.size()));
    size += (lines.size() + 1) * indention.size();
    std::string out;
    out.reserve(size);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i) out += '\n';
        if (i == 0 ? first : blank || !lines[i].empty()) out += indention;
        out += lines[i];
    }
    return call.run.text(std::move(out), text.text().markup);
}

Result<Value> truncate(const BuiltinCall& call) {
    LATHE_TRY(const int64_t size, call.integer(0, 255));
    LATHE_TRY(const bool killWords, call.truth(1, false));
    LATHE_TRY(const std::string_view end, call.text(2, "..."));
    int64_t leeway = 5;
    if (!call.isNone(3)) {
        LATHE_TRY(leeway, call.integer(3, 5));
    }
    const auto endSize = static_cast<int64_t>(countCharacters(end));
    if (size < endSize) return failure("truncate to a length below that of its end");
    if (leeway < 0) return failure("truncate with a negative leeway");
    LATHE_TRY(const int64_t length, jinja::length(call.run, call.self));
    if (length <= size || length - size <= leeway) return call.self;
    if (!call.self.isString()) return failure("truncate needs text, not " + aValue(call.self));
    LATHE_TRY_VOID(call.run.stepBytes(call.self.bytes().size()));
    std::string_view kept = call.self.bytes();
    kept = kept.substr(0, byteAt(kept, static_cast<std::size_t>(size - endSize)));
    if (!killWords) kept = kept.substr(0, std::min(kept.rfind(' '), kept.size()));
    return call.run.text(std::string(kept) + std::string(end), call.self.text().markup);
}

Result<Value> wordcount(const BuiltinCall& call) {
    LATHE_TRY(const Value text, inputText(call));
    int64_t words = 0;
    bool inside = false;
    for (std::size_t at = 0; at < text.bytes().size();) {
        const char32_t c = tok::nextCodePoint(text.bytes(), at);
        const bool word = c == U'_' || isAlphabetic(c) || isNumeric(c);
        words += word && !inside;
        inside = word;
    }
    return Value::integer(words);
}

/// Text without tags and comments, as MarkupSafe removes them.
std::string withoutTags(std::string_view text) {
    std::string out;
    std::size_t at = 0;
    for (std::size_t open = text.find('<'); open != std::string_view::npos; open = text.find('<', at)) {
        const bool comment = text.substr(open).starts_with("<!--");
        const std::size_t end = findText(text, comment ? "-->" : ">", comment ? open + 4 : open);
        if (end == std::string_view::npos) break;
        out += text.substr(at, open - at);
        at = end + (comment ? 3 : 1);
    }
    return out + std::string(text.substr(at));
}

Result<Value> striptags(const BuiltinCall& call) {
    static constexpr std::array<std::pair<std::string_view, char>, 7> kEntities = {{{"&amp;", '&'},
                                                                                    {"&lt;", '<'},
                                                                                    {"&gt;", '>'},
                                                                                    {"&quot;", '"'},
                                                                                    {"&#39;", '\''},
                                                                                    {"&#34;", '"'},
                                                                                    {"&#x27;", '\''}}};
    LATHE_TRY(const Value input, inputText(call));
    const std::string plain = withoutTags(input.bytes());
    LATHE_TRY_VOID(call.run.afford(sizeof(std::string_view), plain.size()));
    std::string text;
    for (const std::string_view word : splitAtSpace(plain, -1)) {
        if (!text.empty()) text += ' ';
        text += word;
    }
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = std::string_view(text).substr(at);
        const auto* const known = std::find_if(kEntities.begin(), kEntities.end(),
                                               [&](const auto& one) { return rest.starts_with(one.first); });
        if (known != kEntities.end()) {
            out += known->second;
            at += known->first.size();
            continue;
        }
        if (rest.size() > 1 && rest[0] == '&' &&
            (rest[1] == '#' || startsName(static_cast<unsigned char>(rest[1]))))
            return Error{ErrorCode::Unsupported, "striptags of text with an HTML entity", "", ""};
        out += text[at++];
    }
    return call.run.text(std::move(out));
}

std::string quoted(std::string_view text, bool query) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && (continuesName(byte) || c == '.' || c == '-' || c == '~' || (c == '/' && !query)))
            out += c;
        else if (c == ' ' && query)
            out += '+';
        else
            ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
    }
    return out;
}

Result<Value> urlencode(const BuiltinCall& call) {
    if (call.self.isString() || !isIterable(call.self)) {
        LATHE_TRY(const std::string text, shown(call.run, call.self));
        LATHE_TRY_VOID(call.run.afford(3, text.size()));
        return call.run.text(quoted(text, false));
    }
    const Value pairs = call.self.is(Kind::Dict)
                            ? Value(call.run.make<View>(call.self.dict(), View::Part::Items))
                            : call.self;
    LATHE_TRY(const std::vector<Value> items, elements(call.run, pairs));
    std::string out;
    for (const Value& item : items) {
        LATHE_TRY(const std::vector<Value> pair, elements(call.run, item));
        if (pair.size() != 2) return failure("urlencode needs pairs of a name and a value");
        LATHE_TRY(const std::string name, shown(call.run, pair[0]));
        LATHE_TRY(const std::string value, shown(call.run, pair[1]));
        if (!out.empty()) out += '&';
        out += quoted(name, true) + "=" + quoted(value, true);
    }
    return call.run.text(std::move(out));
}

Result<Value> tojson(const BuiltinCall& call) {
    JsonStyle style;
    LATHE_TRY(style.asciiOnly, call.truth(0, false));
    LATHE_TRY(style.sortKeys, call.truth(3, false));
    style.indented = !call.isNone(1);
    if (style.indented) {
        style.between = ",";
        if (call[1].isString()) {
            style.indent = call[1].bytes();
        } else {
            LATHE_TRY(const int64_t width, call.integer(1, 0));
            const auto spaces = static_cast<std::size_t>(std::max<int64_t>(width, 0));
            LATHE_TRY_VOID(call.run.afford(1, spaces));
            style.indent.assign(spaces, ' ');
        }
    }
    if (!call.isNone(2)) {
        LATHE_TRY(const std::vector<Value> separators, elements(call.run, call[2]));
        if (separators.size() != 2 || !separators[0].isString() || !separators[1].isString())
            return failure("tojson needs two texts as separators");
        style.between = separators[0].bytes();
        style.afterKey = separators[1].bytes();
    }
    LATHE_TRY(std::string text, toJson(call.run, call.self, style));
    return call.run.text(std::move(text));
}

}  // namespace

std::span<const Builtin> textFilters() {
    static constexpr Builtin kFilters[] = {
        {"capitalize", "", 0, asMethod},
        {"center", "width", 0, center},
        {"e", "", 0, escape},
        {"escape", "", 0, escape},
        {"forceescape", "", 0, escape},
        {"format", "*", 0, format},
        {"indent", "width first blank", 0, indent},
        {"join", "d attribute", 0, join},
        {"lower", "", 0, asMethod},
        {"replace", "old new count", 2, replace},
        {"safe", "", 0, safe},
        {"string", "", 0, string},
        {"striptags", "", 0, striptags},
        {"title", "", 0, title},
        {"tojson", "ensure_ascii indent separators sort_keys", 0, tojson},
        {"trim", "chars", 0, asMethod},
        {"truncate", "length killwords end leeway", 0, truncate},
        {"upper", "", 0, asMethod},
        {"urlencode", "", 0, urlencode},
        {"wordcount", "", 0, wordcount},
    };
    return kFilters;
}

}  // namespace lathe::jinja
