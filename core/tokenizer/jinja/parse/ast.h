// SPDX-License-Identifier: GPL-3.0-or-later
// What a template is parsed into: statements and expressions, with the places of their variables.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/value.h"

namespace lathe::jinja {

struct Builtin;
struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using Statements = std::vector<std::unique_ptr<Statement>>;

enum class ExpressionKind : uint8_t {
    Constant,
    Name,
    List,
    Tuple,
    Dict,       ///< parts: key, value, key, value, …
    Attribute,  ///< part.name
    Item,       ///< part[part]
    Slice,      ///< part[part:part:part], null for what is left out
    Call,       ///< part(arguments)
    Filter,     ///< part|name(arguments); part is null in a filter block
    Test,       ///< part is name(arguments)
    Not,
    Negative,
    Positive,
    And,  ///< of all parts
    Or,
    Concat,
    Compare,         ///< a chain: operators[i] is between part i and part i + 1
    Binary,          ///< operators[0]
    Conditional,     ///< parts: value, condition, other value or null
    NamespaceField,  ///< as a target: the field `field` of the namespace in the variable `name`
};

/// A variable of the function that is active (`up` = 0) or of one around it.
struct Slot {
    uint16_t up = 0;
    uint32_t index = 0;
};

struct CallArguments {
    std::vector<ExpressionPtr> positional;
    std::vector<std::pair<std::string, ExpressionPtr>> named;
    ExpressionPtr list, dict;  ///< *list, **dict; may be null
};

struct Expression {
    ExpressionKind kind = ExpressionKind::Constant;
    int depth = 1;       ///< levels of expressions below, this one included
    std::size_t at = 0;  ///< byte of the source
    std::string name;    ///< of a variable, attribute, filter or test
    std::string field;
    Value constant;
    Slot slot;
    std::vector<Operator> operators;
    std::vector<ExpressionPtr> parts;
    std::unique_ptr<CallArguments> arguments;
    const Builtin* builtin = nullptr;  ///< of a filter or a test; null when it is not known
};

/// How a variable gets its value when its frame is entered.
struct Load {
    enum class From : uint8_t { Nothing, Context, Outer };
    uint32_t slot = 0;
    From from = From::Nothing;
    uint32_t context = 0;  ///< index of Tree::contextNames
    Slot outer;
};
using Loads = std::vector<Load>;

enum class StatementKind : uint8_t {
    Data,
    Output,
    If,
    For,
    Set,
    SetBlock,
    Macro,
    CallBlock,
    FilterBlock,
    With,
    Generation,
    Break,
    Continue,
};

/// A frame that is a function of its own: the template, a macro, a call block, a recursive loop.
struct Function {
    uint32_t slots = 0;
    std::vector<Slot> parameters;  ///< of a macro, one for each of `parameters` of the statement
    Slot caller, kwargs, varargs;  ///< when the body uses them
    bool usesCaller = false, usesKwargs = false, usesVarargs = false;
};

struct Branch {
    ExpressionPtr test;  ///< null: else
    Statements body;
};

struct Statement {
    StatementKind kind = StatementKind::Data;
    std::size_t at = 0;
    std::string text;                       ///< of Data; the name of a macro
    ExpressionPtr target;                   ///< of For and Set
    ExpressionPtr value;                    ///< printed, looped over, set, called; a block's filter
    ExpressionPtr test;                     ///< of For
    std::vector<Branch> branches;           ///< of If
    std::vector<ExpressionPtr> parameters;  ///< of Macro and CallBlock, as names; the targets of With
    std::vector<ExpressionPtr> values;      ///< defaults of the last parameters; the values of With
    Statements body, otherwise;
    bool recursive = false, usesLoop = false;  ///< of For
    Slot slot;                                 ///< of the macro's own name; of `loop`
    Loads loads, otherwiseLoads, testLoads;
    Function function;
    ExpressionPtr testTarget;  ///< `target` in the frame of `test`
};

/// A parsed template.
struct Tree {
    std::string source;
    Heap constants;
    Statements body;
    Loads loads;
    Function function;
    std::vector<std::string> contextNames;  ///< variables that are looked up where the template is rendered
    std::vector<std::string> mentioned;     ///< those, attributes and keys; sorted
};

}  // namespace lathe::jinja
