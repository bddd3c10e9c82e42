// SPDX-License-Identifier: GPL-3.0-or-later
// What a loop or a filter reads one after another.
#pragma once

#include <functional>

#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// An iterator that calls a function for each element.
struct Generator : Iterator {
    using Step = std::function<Result<bool>(Run&, Value&)>;
    explicit Generator(Step function) : step(std::move(function)) {}
    Result<bool> next(Run& run, Value& item) override { return step(run, item); }
    Step step;
};

bool isIterable(const Value& value);
/// An error for a value that cannot be iterated over. An iterator is returned as it is.
Result<Iterator*> iterate(Run& run, const Value& value);
Result<std::vector<Value>> elements(Run& run, const Value& value);
/// The elements of a value that is opened when the first one is read, as Python's generators do.
class LazySource {
  public:
    explicit LazySource(const Value& from) : m_from(from) {}
    Result<bool> next(Run& run, Value& item);
    const Value& from() const { return m_from; }

  private:
    Value m_from;
    Iterator* m_iterator = nullptr;
};
/// A lazy value, as the generators of Jinja's filters.
Value generator(Run& run, Generator::Step step);
/// What Python's reversed() gives; Missing when the value has no order to reverse.
Value reversed(Run& run, const Value& value);

}  // namespace lathe::jinja
