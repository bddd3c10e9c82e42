// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/iteration.h"

#include "core/tokenizer/text/unicode.h"

namespace lathe::jinja {
namespace {

Generator::Step overItems(const Sequence& sequence) {
    return [&sequence, i = std::size_t(0)](Run&, Value& item) mutable -> Result<bool> {
        if (i >= sequence.items.size()) return false;
        item = sequence.items[i++];
        return true;
    };
}

Generator::Step overCharacters(std::string_view text) {
    return [text, at = std::size_t(0)](Run& run, Value& item) mutable -> Result<bool> {
        if (at >= text.size()) return false;
        const std::size_t begin = at;
        (void)tok::nextCodePoint(text, at);
        LATHE_TRY(item, run.text(std::string(text.substr(begin, at - begin))));
        return true;
    };
}

Result<Value> partOf(Run& run, const Dict::Entry& entry, View::Part part) {
    if (part == View::Part::Keys) return entry.key;
    if (part == View::Part::Values) return entry.value;
    return run.tuple({entry.key, entry.value});
}

Generator::Step overEntries(const Dict& dict, View::Part part, bool backwards) {
    return [&dict, part, backwards, i = std::size_t(0)](Run& run, Value& item) mutable -> Result<bool> {
        const auto& entries = dict.entries();
        if (i >= entries.size()) return false;
        const std::size_t at = backwards ? entries.size() - 1 - i : i;
        ++i;
        LATHE_TRY(item, partOf(run, entries[at], part));
        return true;
    };
}

Generator::Step overRange(const Range& range, bool backwards) {
    return [&range, backwards, i = int64_t(0)](Run&, Value& item) mutable -> Result<bool> {
        if (i >= range.length) return false;
        item = Value::integer(range.at(backwards ? range.length - 1 - i : i));
        ++i;
        return true;
    };
}

Result<bool> nothing(Run&, Value&) {
    return false;
}

}  // namespace

bool isIterable(const Value& value) {
    switch (value.kind()) {
        case Kind::Undefined:
        case Kind::String:
        case Kind::List:
        case Kind::Tuple:
        case Kind::Dict:
        case Kind::Range:
        case Kind::View:
        case Kind::Iterator:
            return true;
        default:
            return false;
    }
}

Result<Iterator*> iterate(Run& run, const Value& value) {
    switch (value.kind()) {
        case Kind::Undefined:
            return run.make<Generator>(nothing);
        case Kind::String:
            return run.make<Generator>(overCharacters(value.bytes()));
        case Kind::List:
        case Kind::Tuple:
            return run.make<Generator>(overItems(value.sequence()));
        case Kind::Dict:
            return run.make<Generator>(overEntries(value.dict(), View::Part::Keys, false));
        case Kind::View:
            return run.make<Generator>(overEntries(value.view().dict, value.view().part, false));
        case Kind::Range:
            return run.make<Generator>(overRange(value.range(), false));
        case Kind::Iterator:
            return &value.iterator();
        default:
            return failure(aValue(value) + " cannot be iterated over");
    }
}

Result<std::vector<Value>> elements(Run& run, const Value& value) {
    std::vector<Value> items;
    if (value.isSequence()) {
        items = value.items();
        LATHE_TRY_VOID(run.step(static_cast<int64_t>(items.size())));
        return items;
    }
    LATHE_TRY(Iterator* const from, iterate(run, value));
    for (Value item;;) {
        LATHE_TRY_VOID(run.step());
        LATHE_TRY(const bool more, from->next(run, item));
        if (!more) return items;
        items.push_back(item);
    }
}

Result<bool> LazySource::next(Run& run, Value& item) {
    LATHE_TRY_VOID(run.step());
    if (!m_iterator) {
        LATHE_TRY(m_iterator, iterate(run, m_from));
    }
    return m_iterator->next(run, item);
}

Value generator(Run& run, Generator::Step step) {
    return Value(static_cast<Iterator*>(run.make<Generator>(std::move(step))));
}

Value reversed(Run& run, const Value& value) {
    switch (value.kind()) {
        case Kind::Undefined:
            return generator(run, nothing);
        case Kind::List:
        case Kind::Tuple:
            return generator(run,
                             [&sequence = value.sequence(), i = std::size_t(0)](
                                 Run&, Value& item) mutable -> Result<bool> {
                                 if (i >= sequence.items.size()) return false;
                                 item = sequence.items[sequence.items.size() - ++i];
                                 return true;
                             });
        case Kind::Dict:
            return generator(run, overEntries(value.dict(), View::Part::Keys, true));
        case Kind::View:
            return generator(run, overEntries(value.view().dict, value.view().part, true));
        case Kind::Range:
            return generator(run, overRange(value.range(), true));
        default:
            return {};
    }
}

}  // namespace lathe::jinja
