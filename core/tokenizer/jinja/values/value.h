// SPDX-License-Identifier: GPL-3.0-or-later
// The values of a template: Python's None, numbers, text, lists, tuples, dicts and views, and objects with
// attributes that can be called. A value is 16 bytes; what it points to lives in the Heap of a template or of
// one rendering and is released with it, so that no chain of values is destroyed recursively.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"

namespace lathe::jinja {

class Run;
class Dict;
struct Text;
struct Sequence;
struct Range;
struct View;
struct Iterator;
struct Native;

struct Object {
    Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    virtual ~Object() = default;
};

class Heap {
  public:
    template <class T, class... Parts>
    T* make(Parts&&... parts) {
        auto owned = std::make_unique<T>(std::forward<Parts>(parts)...);
        T* const made = owned.get();
        m_objects.push_back(std::move(owned));
        return made;
    }

  private:
    std::vector<std::unique_ptr<Object>> m_objects;
};

enum class Kind : uint8_t {
    Missing,  ///< no value: a variable that was not set, an argument that was not given
    Undefined,
    None,
    Boolean,
    Integer,
    Float,
    String,
    List,
    Tuple,
    Dict,
    Range,
    View,      ///< dict.keys(), dict.values(), dict.items()
    Iterator,  ///< read once: what Python's generators and reversed() give
    Native,    ///< namespaces, macros, loops, functions and methods
};

class Value {
  public:
    Value() = default;
    Value(const Text* text) : m_kind(Kind::String) { m_state.text = text; }
    Value(const Dict* dict) : m_kind(Kind::Dict) { m_state.dict = dict; }
    Value(const Range* range) : m_kind(Kind::Range) { m_state.range = range; }
    Value(const View* view) : m_kind(Kind::View) { m_state.view = view; }
    Value(Iterator* iterator) : m_kind(Kind::Iterator) { m_state.iterator = iterator; }
    Value(Native* native) : m_kind(Kind::Native) { m_state.native = native; }
    static Value none() { return Value(Kind::None); }
    static Value boolean(bool value);
    static Value integer(int64_t value);
    static Value number(double value);
    static Value list(const Sequence* items) { return Value(Kind::List, items); }
    static Value tuple(const Sequence* items) { return Value(Kind::Tuple, items); }
    /// `name` must outlive the value: that of a variable, or of an attribute of a value of kind `of`.
    static Value undefined(const std::string* name, Kind of = Kind::Missing);
    /// Using it fails with this sentence, which must outlive it.
    static Value undefinedBecause(const std::string* hint);

    Kind kind() const { return m_kind; }
    bool is(Kind kind) const { return m_kind == kind; }
    bool isMissing() const { return m_kind == Kind::Missing; }
    bool isUndefined() const { return m_kind == Kind::Undefined; }
    bool isNone() const { return m_kind == Kind::None; }
    bool isString() const { return m_kind == Kind::String; }
    bool isSequence() const { return m_kind == Kind::List || m_kind == Kind::Tuple; }
    /// An integer, or a bool, which Python counts as one.
    bool isIntegral() const { return m_kind == Kind::Integer || m_kind == Kind::Boolean; }
    bool isNumber() const { return isIntegral() || m_kind == Kind::Float; }

    bool boolean() const { return m_state.integer != 0; }
    int64_t integer() const { return m_state.integer; }  ///< also of a bool
    /// Of any number.
    double number() const {
        return m_kind == Kind::Float ? m_state.number : static_cast<double>(m_state.integer);
    }
    const Text& text() const { return *m_state.text; }
    std::string_view bytes() const;
    const std::vector<Value>& items() const;
    const Sequence& sequence() const { return *m_state.sequence; }
    const Dict& dict() const { return *m_state.dict; }
    const Range& range() const { return *m_state.range; }
    const View& view() const { return *m_state.view; }
    Iterator& iterator() const { return *m_state.iterator; }
    Native& native() const { return *m_state.native; }
    /// Why an undefined value cannot be used.
    std::string undefinedMessage() const;
    /// Whether both are one object, or equal scalars: Python's `is`.
    bool same(const Value& other) const;
    /// The object's address, null for scalars.
    const void* address() const;

  private:
    explicit Value(Kind kind) : m_kind(kind) {}
    Value(Kind kind, const Sequence* items) : m_kind(kind) { m_state.sequence = items; }

    Kind m_kind = Kind::Missing;
    Kind m_of = Kind::Missing;  ///< of an undefined attribute: what it was looked for in
    bool m_hint = false;
    union {
        int64_t integer;
        double number;
        const Text* text;
        const Sequence* sequence;
        const Dict* dict;
        const Range* range;
        const View* view;
        Iterator* iterator;
        Native* native;
        const std::string* name;
    } m_state{};
};

struct Text : Object {
    explicit Text(std::string text, bool safe = false);
    const std::string bytes;   ///< UTF-8
    const std::size_t length;  ///< in code points
    const bool markup;         ///< what `|safe` and `|escape` give: text joined to it is escaped
    bool ascii() const { return length == bytes.size(); }
};

struct Sequence : Object {
    explicit Sequence(std::vector<Value> values) : items(std::move(values)) {}
    std::vector<Value> items;
    bool group = false;  ///< of `groupby`: has the attributes grouper and list
};

struct Range : Object {
    Range(int64_t first, int64_t end, int64_t by, int64_t count)
        : start(first), stop(end), step(by), length(count) {}
    const int64_t start, stop, step, length;
    int64_t at(int64_t index) const { return start + index * step; }
};

/// What a dict finds a value by. Text is looked up as it is, other keys by a spelling that is equal where
/// Python's keys are (1, 1.0 and True are one key).
struct DictKey {
    bool text = false;
    std::string_view bytes;  ///< of text
    std::string spelling;    ///< of other keys
};

/// Keeps the order of insertion.
class Dict : public Object {
  public:
    struct Entry {
        Value key, value;
    };
    /// An error for a key that cannot be hashed (a list or a dict).
    static Result<DictKey> keyOf(Run& run, const Value& key);
    const std::vector<Entry>& entries() const { return m_entries; }
    const Value* find(std::string_view text) const;
    const Value* find(const DictKey& key) const;
    /// Replaces the value of a key that is there. `key` is the value that `found` was made of.
    void set(const DictKey& found, const Value& key, const Value& value);

  private:
    std::vector<Entry> m_entries;
    std::unordered_map<std::string_view, std::size_t> m_texts;  ///< of a dict with many entries
    std::unordered_map<std::string, std::size_t> m_others;
};

struct View : Object {
    enum class Part { Keys, Values, Items };
    View(const Dict& of, Part shown) : dict(of), part(shown) {}
    const Dict& dict;
    const Part part;
};

struct Iterator : Object {
    /// False at the end.
    virtual Result<bool> next(Run& run, Value& item) = 0;
};

/// A call's arguments, `*list` and `**dict` among them.
struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
    /// The named argument, taken out; Missing when it was not given.
    Value take(std::string_view name);
};

struct Native : Object {
    /// Missing when there is no such attribute.
    virtual Result<Value> attribute(Run& run, std::string_view name);
    virtual bool callable() const { return false; }
    virtual Result<Value> call(Run& run, Arguments arguments);
    /// What printing it shows; an error where Python shows an address.
    virtual Result<std::string> shown(Run& run);
    virtual const char* typeName() const = 0;
    /// Number of elements, -1 when it has none.
    virtual int64_t length(Run&) { return -1; }
};

/// Python's name of the value's type: "str", "dict".
const char* typeName(const Value& value);
/// The same with an article, for a sentence: "a str", "an int", "None".
std::string aValue(const Value& value);

/// Something that cannot be done with the data; the place is filled in where the expression is known.
Error failure(std::string message, std::string hint = "");
/// Using an undefined value.
Error undefinedError(const Value& value);

}  // namespace lathe::jinja
