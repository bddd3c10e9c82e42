// SPDX-License-Identifier: GPL-3.0-or-later
// One rendering of a template: what it has used of its limits, and the heap its values live in.
#pragma once

#include <chrono>
#include <ctime>

#include "core/tokenizer/jinja/values/value.h"

namespace lathe::jinja {

/// What one rendering may use. Each limit is an error that names it.
struct Limits {
    int64_t steps = 1'000'000;     ///< evaluated expressions, iterations and elements
    int depth = 64;                ///< macros and recursive loops inside one another
    int64_t range = 10'000;        ///< elements of range()
    std::size_t output = 4 << 20;  ///< bytes
    std::chrono::milliseconds time{1000};
    std::size_t memory = 128 << 20;  ///< bytes of all values that the template makes
};

/// The local time that strftime_now shows.
struct Clock {
    std::tm time{};
    int microseconds = 0;
};

class Run {
  public:
    Run(const Limits& limits, const Clock* clock);

    const Limits& limits() const { return m_limits; }
    Clock now() const;

    /// Uses steps, and looks at the time and the memory.
    Result<void> step(int64_t count = 1) {
        m_steps -= count;
        return m_steps < m_nextLook ? look() : Result<void>();
    }
    /// For work on text that needs a few instructions per byte.
    Result<void> stepBytes(std::size_t bytes) { return step(static_cast<int64_t>(bytes / 64)); }
    /// Uses memory, and steps for filling it; to be called before it is allocated.
    Result<void> charge(std::size_t bytes);
    /// An error when `count` pieces of `bytes` would not fit into the memory that is left.
    Result<void> afford(std::size_t count, std::size_t bytes) const;

    template <class T, class... Parts>
    T* make(Parts&&... parts) {
        m_memory += sizeof(T) + 16;
        return m_heap.make<T>(std::forward<Parts>(parts)...);
    }
    Result<Value> text(std::string bytes, bool markup = false);
    Result<Value> list(std::vector<Value> items);
    Result<Value> tuple(std::vector<Value> items);
    /// An undefined value that explains itself with this sentence.
    Value undefined(std::string hint);
    Value undefinedItem(const Value& of, std::string name);

    /// Counts how deep evaluation is nested, to keep the stack in bounds.
    class Nesting {
      public:
        explicit Nesting(Run& run) : m_run(run) { ++run.m_nesting; }
        ~Nesting() { --m_run.m_nesting; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        Result<void> check() const;

      private:
        Run& m_run;
    };
    /// Counts macros and recursive loops inside one another.
    class Call {
      public:
        explicit Call(Run& run) : m_run(run) { ++run.m_calls; }
        ~Call() { --m_run.m_calls; }
        Call(const Call&) = delete;
        Call& operator=(const Call&) = delete;
        Result<void> check() const;

      private:
        Run& m_run;
    };

  private:
    Result<void> look();

    const Limits& m_limits;
    const Clock* m_clock;
    const std::chrono::steady_clock::time_point m_deadline;
    Heap m_heap;
    int64_t m_steps, m_nextLook;
    std::size_t m_memory = 0;
    int m_nesting = 0, m_calls = 0;
};

}  // namespace lathe::jinja
