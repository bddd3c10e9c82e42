// SPDX-License-Identifier: GPL-3.0-or-later
// Errors as values: Result<T> carries either a value or an Error that says what, where and what to try.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace lathe {

/// What kind of thing went wrong. The window maps the code to a translated sentence, run.json stores its
/// name.
enum class ErrorCode {
    FileMissing,
    FileUnreadable,
    FileMalformed,  ///< a file that lies, is cut short, or is not what its name says
    FileTooLarge,
    DiskFull,
    WriteFailed,
    Unsupported,  ///< a valid thing Lathe does not know: architecture, tensor type, tokenizer part
    RecipeInvalid,
    DataInvalid,    ///< a row, a column or a label that cannot be used
    ModelMismatch,  ///< weights, tokenizer, adapter or checkpoint do not belong together
    DeviceMissing,
    OutOfMemory,
    NonFinite,  ///< NaN or infinity in a loss or a gradient
    Stopped,    ///< the user asked for it
    NetworkFailed,
    BadArgument,
    Internal,  ///< our own mistake
};

/// The stable name of a code, as run.json and --json show it ("file_missing").
const char* errorCodeName(ErrorCode code);
/// The code of a name; Internal when there is none.
ErrorCode errorCodeFromName(const std::string& name);

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;  ///< one plain English sentence, no final full stop needed
    std::string place;    ///< file:line:column, a file, a tensor name; may be empty
    std::string hint;     ///< what to try; may be empty

    /// "place: message (hint)" on one line, leaving out what is empty.
    std::string text() const;
};

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }
    T& value() & { return std::get<0>(m_state); }
    const T& value() const& { return std::get<0>(m_state); }
    T&& value() && { return std::get<0>(std::move(m_state)); }
    const Error& error() const { return std::get<1>(m_state); }

  private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}

    bool ok() const { return !m_error; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return *m_error; }

  private:
    std::optional<Error> m_error;
};

/// Our own mistake, not the user's: throws std::logic_error with the source place. See LATHE_CHECK.
[[noreturn]] void checkFailed(const char* expression, const char* file, int line);

}  // namespace lathe

#define LATHE_JOIN_INNER(a, b) a##b
#define LATHE_JOIN(a, b) LATHE_JOIN_INNER(a, b)

/// LATHE_TRY(auto x, expression): takes the value out of a Result, or returns its error from this function.
#define LATHE_TRY(declaration, expression) \
    LATHE_TRY_IMPL(LATHE_JOIN(latheResult, __COUNTER__), declaration, expression)
#define LATHE_TRY_IMPL(temporary, declaration, expression) \
    auto temporary = (expression);                         \
    if (!temporary.ok()) return temporary.error();         \
    declaration = std::move(temporary).value()

/// LATHE_TRY_VOID(expression): returns the error of a Result<void>, else goes on.
#define LATHE_TRY_VOID(expression) \
    if (auto latheStatus = (expression); !latheStatus.ok()) return latheStatus.error()

#define LATHE_CHECK(expression) \
    ((expression) ? void() : ::lathe::checkFailed(#expression, __FILE__, __LINE__))
