// SPDX-License-Identifier: GPL-3.0-or-later
// What a template sees as `loop`.
#pragma once

#include <functional>

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

class Loop : public Native {
  public:
    /// Renders the loop's body over the elements of another value.
    using Recurse = std::function<Result<Value>(const Value& iterable, int depth)>;

    /// Reads `source`, which `iterable` gave. `depth` is 0 for a loop that is not inside itself; `recurse` is
    /// empty unless the loop is recursive.
    Loop(Value iterable, Iterator& source, int depth, Recurse recurse)
        : m_iterable(iterable), m_source(&source), m_depth(depth), m_recurse(std::move(recurse)) {}

    /// False at the end.
    Result<bool> advance(Run& run, Value& item);

    Result<Value> attribute(Run& run, std::string_view name) override;
    bool callable() const override { return true; }
    Result<Value> call(Run& run, Arguments arguments) override;
    Result<std::string> shown(Run& run) override;
    const char* typeName() const override { return "loop"; }

  private:
    /// Reads one element ahead.
    Result<bool> hasNext(Run& run);
    /// Reads the whole of a source without a length.
    Result<int64_t> count(Run& run);
    Result<Value> neighbour(Run& run, bool next);
    Result<Value> changed(Run& run, const Arguments& arguments);
    Result<Value> cycle(const Arguments& arguments) const;

    Value m_iterable;
    Iterator* m_source;
    int m_depth;
    Recurse m_recurse;
    int64_t m_index = -1, m_count = -1;
    Value m_before, m_current, m_after, m_lastChanged;
};

}  // namespace lathe::jinja
