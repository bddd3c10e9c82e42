// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/values/run.h"

#include <algorithm>

namespace lathe::jinja {
namespace {

/// Levels of expressions, statements and nested values inside one another, over all macros that are active.
/// They take less than 2 MiB of the stack in a release build.
constexpr int kMaxNesting = 600;
constexpr int64_t kStepsPerLook = 256;
constexpr std::size_t kBytesPerStep = 1024;

struct UndefinedName : Object {
    explicit UndefinedName(std::string text) : name(std::move(text)) {}
    const std::string name;
};

/// What a template takes for one text it would take for others, too: no fault of the variables.
Error exhausted(std::string message) {
    Error error = failure(std::move(message));
    error.code = ErrorCode::Unsupported;
    return error;
}

}  // namespace

Run::Run(const Limits& limits, const Clock* clock)
    : m_limits(limits),
      m_clock(clock),
      m_deadline(std::chrono::steady_clock::now() + limits.time),
      m_steps(limits.steps),
      m_nextLook(limits.steps) {
}

Clock Run::now() const {
    if (m_clock) return *m_clock;
    Clock clock;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto time = static_cast<std::time_t>(seconds.count());
    localtime_r(&time, &clock.time);
    clock.microseconds =
        static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(now - seconds).count());
    return clock;
}

Result<void> Run::look() {
    if (m_steps < 0)
        return exhausted("the template takes more than " + std::to_string(m_limits.steps) + " steps");
    m_nextLook = std::max<int64_t>(m_steps - kStepsPerLook, 0);
    if (std::chrono::steady_clock::now() > m_deadline)
        return exhausted("the template takes more than " + std::to_string(m_limits.time.count()) + " ms");
    return afford(0, 0);
}

Result<void> Run::charge(std::size_t bytes) {
    LATHE_TRY_VOID(afford(1, bytes));
    m_memory += bytes;
    return step(static_cast<int64_t>(bytes / kBytesPerStep));
}

Result<void> Run::afford(std::size_t count, std::size_t bytes) const {
    const std::size_t left = m_limits.memory > m_memory ? m_limits.memory - m_memory : 0;
    if (m_memory > m_limits.memory || (bytes != 0 && count > left / bytes))
        return exhausted("the template makes values of more than " + std::to_string(m_limits.memory >> 20) +
                         " MiB");
    return {};
}

Result<Value> Run::text(std::string bytes, bool markup) {
    LATHE_TRY_VOID(charge(bytes.size()));
    return Value(make<Text>(std::move(bytes), markup));
}

Result<Value> Run::list(std::vector<Value> items) {
    LATHE_TRY_VOID(charge(items.size() * sizeof(Value)));
    return Value::list(make<Sequence>(std::move(items)));
}

Result<Value> Run::tuple(std::vector<Value> items) {
    LATHE_TRY_VOID(charge(items.size() * sizeof(Value)));
    return Value::tuple(make<Sequence>(std::move(items)));
}

Value Run::undefined(std::string hint) {
    return Value::undefinedBecause(&make<UndefinedName>(std::move(hint))->name);
}

Value Run::undefinedItem(const Value& of, std::string name) {
    return Value::undefined(&make<UndefinedName>(std::move(name))->name, of.kind());
}

Result<void> Run::Nesting::check() const {
    if (m_run.m_nesting > kMaxNesting)
        return failure("the template nests more than " + std::to_string(kMaxNesting) +
                       " expressions, statements and values in one another");
    return {};
}

Result<void> Run::Call::check() const {
    if (m_run.m_calls > m_run.m_limits.depth)
        return failure("the template calls macros or recursive loops more than " +
                       std::to_string(m_run.m_limits.depth) + " levels deep");
    return {};
}

}  // namespace lathe::jinja
