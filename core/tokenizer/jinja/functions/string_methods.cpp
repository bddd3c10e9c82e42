// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <limits>

#include "core/tokenizer/jinja/functions/brace_format.h"
#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/number_format.h"
#include "core/tokenizer/jinja/values/python_text.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

Result<Value> made(const BuiltinCall& call, std::string text) {
    return call.run.text(std::move(text), call.self.text().markup);
}

template <std::string (*function)(std::string_view)>
Result<Value> mapped(const BuiltinCall& call) {
    LATHE_TRY_VOID(call.run.afford(8, call.self.bytes().size()));
    LATHE_TRY_VOID(call.run.stepBytes(call.self.bytes().size()));
    return made(call, function(call.self.bytes()));
}

template <TextTest test>
Result<Value> holds(const BuiltinCall& call) {
    LATHE_TRY_VOID(call.run.stepBytes(call.self.bytes().size()));
    return Value::boolean(holds(test, call.self.bytes()));
}

template <bool left, bool right>
Result<Value> strip(const BuiltinCall& call) {
    LATHE_TRY_VOID(call.run.stepBytes(call.self.bytes().size()));
    if (call.isNone(0)) return made(call, std::string(stripped(call.self.bytes(), nullptr, left, right)));
    LATHE_TRY(const std::string_view chars, call.text(0));
    LATHE_TRY_VOID(call.run.stepBytes(chars.size() * 8));
    return made(call, std::string(stripped(call.self.bytes(), &chars, left, right)));
}

Result<Value> listOf(const BuiltinCall& call, const std::vector<std::string_view>& parts,
                     bool tuple = false) {
    LATHE_TRY_VOID(call.run.step(static_cast<int64_t>(parts.size())));
    std::vector<Value> items;
    items.reserve(parts.size());
    for (const std::string_view part : parts) {
        LATHE_TRY(const Value item, made(call, std::string(part)));
        items.push_back(item);
    }
    return tuple ? call.run.tuple(std::move(items)) : call.run.list(std::move(items));
}

template <bool fromRight>
Result<Value> split(const BuiltinCall& call) {
    const std::string_view text = call.self.bytes();
    LATHE_TRY_VOID(call.run.stepBytes(text.size()));
    LATHE_TRY_VOID(call.run.afford(sizeof(std::string_view) + 2, text.size()));
    LATHE_TRY(const int64_t limit, call.integer(1, -1));
    if (call.isNone(0))
        return listOf(call, fromRight ? splitAtSpaceFromRight(text, limit) : splitAtSpace(text, limit));
    LATHE_TRY(const std::string_view separator, call.text(0));
    if (separator.empty()) return failure("text cannot be split at empty text");
    return listOf(call,
                  fromRight ? splitAtFromRight(text, separator, limit) : splitAt(text, separator, limit));
}

Result<Value> splitlines(const BuiltinCall& call) {
    LATHE_TRY_VOID(call.run.stepBytes(call.self.bytes().size()));
    LATHE_TRY_VOID(call.run.afford(sizeof(std::string_view), call.self.bytes().size()));
    LATHE_TRY(const bool keepEnds, call.truth(0, false));
    return listOf(call, splitLines(call.self.bytes(), keepEnds));
}

template <bool fromRight>
Result<Value> partition(const BuiltinCall& call) {
    const std::string_view text = call.self.bytes();
    LATHE_TRY_VOID(call.run.stepBytes(text.size()));
    LATHE_TRY(const std::string_view separator, call.text(0));
    if (separator.empty()) return failure("text cannot be split at empty text");
    const std::size_t at = fromRight ? findLastText(text, separator) : findText(text, separator, 0);
    if (at == std::string_view::npos)
        return fromRight ? listOf(call, {"", "", text}, true) : listOf(call, {text, "", ""}, true);
    return listOf(call, {text.substr(0, at), separator, text.substr(at + separator.size())}, true);
}

/// The bytes between the optional arguments `first` and `first` + 1, which count characters; false when the
/// start is beyond the end.
Result<bool> boundsOf(const BuiltinCall& call, std::size_t first, std::size_t& begin, std::size_t& end) {
    const Text& text = call.self.text();
    const auto length = static_cast<int64_t>(text.length);
    const auto bound = [&](std::size_t i, int64_t fallback) -> Result<int64_t> {
        if (call.isNone(i)) return fallback;
        LATHE_TRY(const int64_t index, call.integer(i, fallback));
        return index < 0 ? std::max<int64_t>(index + length, 0) : index;
    };
    LATHE_TRY(const int64_t from, bound(first, 0));
    LATHE_TRY(const int64_t to, bound(first + 1, length));
    LATHE_TRY_VOID(call.run.stepBytes(text.bytes.size()));
    begin = byteAt(text.bytes, static_cast<std::size_t>(std::min(from, length)));
    end = byteAt(text.bytes, static_cast<std::size_t>(std::min(to, length)));
    return from <= std::min(to, length);
}

template <bool start>
Result<Value> beginsOrEnds(const BuiltinCall& call) {
    std::size_t begin = 0, end = 0;
    LATHE_TRY(const bool inside, boundsOf(call, 1, begin, end));
    const std::string_view text = call.self.bytes().substr(begin, inside ? end - begin : 0);
    const std::vector<Value> one{call[0]};
    for (const Value& part : call[0].is(Kind::Tuple) ? call[0].items() : one) {
        LATHE_TRY_VOID(call.run.step());
        if (!part.isString())
            return failure(std::string(call.builtin.name) + " needs text or a tuple of texts, not " +
                           aValue(part));
        if (inside && (start ? text.starts_with(part.bytes()) : text.ends_with(part.bytes())))
            return Value::boolean(true);
    }
    return Value::boolean(false);
}

enum class Search { Find, FindLast, Index, IndexLast, Count };
template <Search search>
Result<Value> searched(const BuiltinCall& call) {
    LATHE_TRY(const std::string_view part, call.text(0));
    std::size_t begin = 0, end = 0;
    LATHE_TRY(const bool inside, boundsOf(call, 1, begin, end));
    const std::string_view text = call.self.bytes().substr(begin, inside ? end - begin : 0);
    if (search == Search::Count)
        return Value::integer(inside ? static_cast<int64_t>(countText(text, part)) : 0);
    const bool last = search == Search::FindLast || search == Search::IndexLast;
    const std::size_t at = !inside ? std::string_view::npos
                           : last  ? findLastText(text, part)
                                   : findText(text, part, 0);
    if (at != std::string_view::npos)
        return Value::integer(static_cast<int64_t>(countCharacters(call.self.bytes().substr(0, begin + at))));
    if (search == Search::Index || search == Search::IndexLast)
        return failure("the text does not hold what index looks for");
    return Value::integer(-1);
}

Result<Value> replace(const BuiltinCall& call) {
    LATHE_TRY(const std::string_view old, call.text(0));
    LATHE_TRY(const std::string_view given, call.text(1));
    LATHE_TRY(const int64_t count, call.integer(2, -1));
    const bool escapes = call.self.text().markup && !call[1].text().markup;
    const std::string fresh = escapes ? escapedHtml(given) : std::string(given);
    LATHE_TRY_VOID(call.run.stepBytes(call.self.bytes().size() * 2));
    LATHE_TRY_VOID(call.run.afford(1, replacedSize(call.self.bytes(), old, fresh, count)));
    return made(call, replaced(call.self.bytes(), old, fresh, count));
}

template <bool prefix>
Result<Value> removed(const BuiltinCall& call) {
    LATHE_TRY(const std::string_view part, call.text(0));
    std::string_view text = call.self.bytes();
    if (prefix ? text.starts_with(part) : text.ends_with(part))
        text = prefix ? text.substr(part.size()) : text.substr(0, text.size() - part.size());
    return made(call, std::string(text));
}

template <char align>
Result<Value> padded(const BuiltinCall& call) {
    Layout layout;
    LATHE_TRY(layout.width, call.integer(0, 0));
    LATHE_TRY(const std::string_view fill, call.text(1, " "));
    if (countCharacters(fill) != 1)
        return failure(std::string(call.builtin.name) + " needs one character to fill with");
    std::size_t at = 0;
    layout.fill = tok::nextCodePoint(fill, at);
    // str.center puts the odd character where the width's own parity says, unlike format's "^".
    const int64_t missing = layout.width - static_cast<int64_t>(call.self.text().length);
    std::string text(call.self.bytes());
    if (align == '^' && missing > 0 && (missing & 1) != 0 && (layout.width & 1) != 0) {
        text = std::string(fill) + text;
    }
    LATHE_TRY(text, laidOut(call.run, std::move(text), 0, layout, align));
    return made(call, std::move(text));
}

Result<Value> zfill(const BuiltinCall& call) {
    Layout layout;
    layout.fill = U'0';
    LATHE_TRY(layout.width, call.integer(0, 0));
    const std::string_view text = call.self.bytes();
    const std::size_t head = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
    LATHE_TRY(std::string out, laidOut(call.run, std::string(text), head, layout, '='));
    return made(call, std::move(out));
}

Result<Value> join(const BuiltinCall& call) {
    LATHE_TRY(const std::vector<Value> items, elements(call.run, call[0]));
    const bool markup = call.self.text().markup;
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!markup && !items[i].isString()) return failure("join needs texts, not " + aValue(items[i]));
        LATHE_TRY(std::string part, shown(call.run, items[i]));
        if (markup && !(items[i].isString() && items[i].text().markup)) part = escapedHtml(part);
        LATHE_TRY_VOID(call.run.charge(call.self.bytes().size() + part.size()));
        if (i) out += call.self.bytes();
        out += part;
    }
    return made(call, std::move(out));
}

Result<Value> format(const BuiltinCall& call) {
    return braceFormatted(call.run, call.self, *call.all);
}

}  // namespace

std::span<const Builtin> stringMethods() {
    static constexpr Builtin kMethods[] = {
        {"strip", "/chars", 0, strip<true, true>},
        {"lstrip", "/chars", 0, strip<true, false>},
        {"rstrip", "/chars", 0, strip<false, true>},
        {"split", "sep maxsplit", 0, split<false>},
        {"rsplit", "sep maxsplit", 0, split<true>},
        {"splitlines", "keepends", 0, splitlines},
        {"partition", "/sep", 1, partition<false>},
        {"rpartition", "/sep", 1, partition<true>},
        {"startswith", "/prefix /start /end", 1, beginsOrEnds<true>},
        {"endswith", "/suffix /start /end", 1, beginsOrEnds<false>},
        {"find", "/sub /start /end", 1, searched<Search::Find>},
        {"rfind", "/sub /start /end", 1, searched<Search::FindLast>},
        {"index", "/sub /start /end", 1, searched<Search::Index>},
        {"rindex", "/sub /start /end", 1, searched<Search::IndexLast>},
        {"count", "/sub /start /end", 1, searched<Search::Count>},
        {"replace", "/old /new /count", 2, replace},
        {"removeprefix", "/prefix", 1, removed<true>},
        {"removesuffix", "/suffix", 1, removed<false>},
        {"upper", "", 0, mapped<upperCase>},
        {"lower", "", 0, mapped<lowerCase>},
        {"casefold", "", 0, mapped<foldedCase>},
        {"title", "", 0, mapped<titleCase>},
        {"capitalize", "", 0, mapped<capitalized>},
        {"center", "/width /fillchar", 1, padded<'^'>},
        {"ljust", "/width /fillchar", 1, padded<'<'>},
        {"rjust", "/width /fillchar", 1, padded<'>'>},
        {"zfill", "/width", 1, zfill},
        {"join", "/iterable", 1, join},
        {"format", "*", 0, format},
        {"islower", "", 0, holds<TextTest::Lower>},
        {"isupper", "", 0, holds<TextTest::Upper>},
        {"istitle", "", 0, holds<TextTest::Title>},
        {"isalpha", "", 0, holds<TextTest::Alphabetic>},
        {"isdigit", "", 0, holds<TextTest::Digits>},
        {"isdecimal", "", 0, holds<TextTest::Decimals>},
        {"isnumeric", "", 0, holds<TextTest::Numeric>},
        {"isalnum", "", 0, holds<TextTest::Alphanumeric>},
        {"isspace", "", 0, holds<TextTest::Space>},
        {"isascii", "", 0, holds<TextTest::Ascii>},
        {"isprintable", "", 0, holds<TextTest::Printable>},
        {"encode", "*"},
        {"expandtabs", "*"},
        {"format_map", "*"},
        {"isidentifier", "*"},
        {"maketrans", "*"},
        {"swapcase", "*"},
        {"translate", "*"},
    };
    return kMethods;
}

}  // namespace lathe::jinja
