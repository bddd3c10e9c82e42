// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/loop.h"

#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/native_function.h"
#include "core/tokenizer/jinja/values/operators.h"

namespace lathe::jinja {

Result<bool> Loop::advance(Run& run, Value& item) {
    LATHE_TRY(const bool more, hasNext(run));
    if (!more) return false;
    ++m_index;
    m_before = m_current;
    m_current = std::exchange(m_after, Value());
    item = m_current;
    return true;
}

Result<bool> Loop::hasNext(Run& run) {
    if (!m_after.isMissing()) return true;
    Value item;
    LATHE_TRY(const bool more, m_source->next(run, item));
    if (more) m_after = item;
    return more;
}

Result<int64_t> Loop::count(Run& run) {
    if (m_count >= 0) return m_count;
    if (!m_iterable.is(Kind::Iterator)) {
        LATHE_TRY(m_count, jinja::length(run, m_iterable));
        return m_count;
    }
    LATHE_TRY(std::vector<Value> rest, elements(run, Value(m_source)));
    const auto left = static_cast<int64_t>(rest.size());
    LATHE_TRY(const Value list, run.list(std::move(rest)));
    LATHE_TRY(m_source, iterate(run, list));
    m_count = left + m_index + 1 + (m_after.isMissing() ? 0 : 1);
    return m_count;
}

Result<Value> Loop::neighbour(Run& run, bool next) {
    if (!next)
        return m_index == 0 ? run.undefined("the first element of a loop has no previous one") : m_before;
    LATHE_TRY(const bool more, hasNext(run));
    return more ? m_after : run.undefined("the last element of a loop has no next one");
}

Result<Value> Loop::changed(Run& run, const Arguments& arguments) {
    LATHE_TRY(const Value now, run.tuple(arguments.positional));
    LATHE_TRY(const bool same, equal(run, m_lastChanged, now));
    if (!same) m_lastChanged = now;
    return Value::boolean(!same);
}

Result<Value> Loop::cycle(const Arguments& arguments) const {
    const auto& items = arguments.positional;
    if (items.empty()) return failure("loop.cycle needs values");
    return items[static_cast<std::size_t>(m_index) % items.size()];
}

Result<Value> Loop::attribute(Run& run, std::string_view name) {
    if (name == "index") return Value::integer(m_index + 1);
    if (name == "index0") return Value::integer(m_index);
    if (name == "first") return Value::boolean(m_index == 0);
    if (name == "depth") return Value::integer(m_depth + 1);
    if (name == "depth0") return Value::integer(m_depth);
    if (name == "previtem" || name == "nextitem") return neighbour(run, name == "nextitem");
    if (name == "last") {
        LATHE_TRY(const bool more, hasNext(run));
        return Value::boolean(!more);
    }
    if (name == "length" || name == "revindex" || name == "revindex0") {
        LATHE_TRY(const int64_t all, count(run));
        return Value::integer(name == "length" ? all : all - m_index - (name == "revindex" ? 0 : 1));
    }
    if (name == "changed")
        return nativeFunction(
            run, [this](Run& now, const Arguments& arguments) { return changed(now, arguments); });
    if (name == "cycle")
        return nativeFunction(run, [this](Run&, const Arguments& arguments) { return cycle(arguments); });
    return Value();
}

Result<Value> Loop::call(Run&, Arguments arguments) {
    if (!m_recurse) return failure("only a loop with \"recursive\" can be called");
    if (arguments.positional.size() != 1 || !arguments.named.empty())
        return failure("a loop is called with one value");
    return m_recurse(arguments.positional[0], m_depth + 1);
}

Result<std::string> Loop::shown(Run& run) {
    LATHE_TRY(const int64_t all, count(run));
    return "<LoopContext " + std::to_string(m_index + 1) + "/" + std::to_string(all) + ">";
}

}  // namespace lathe::jinja
