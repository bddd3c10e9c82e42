// SPDX-License-Identifier: GPL-3.0-or-later
// Evaluates expressions.
#pragma once

#include "core/tokenizer/jinja/parse/ast.h"
#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

/// The variables of a function that is active. It lives as long as the rendering: macros refer to it.
struct Activation : Object {
    Activation(Activation* around, std::size_t count) : outer(around), slots(count) {}
    Value& at(const Slot& slot) {
        Activation* scope = this;
        for (uint16_t i = 0; i < slot.up; ++i) scope = scope->outer;
        return scope->slots[slot.index];
    }
    Activation* const outer;
    std::vector<Value> slots;
};

class Evaluator {
  public:
    /// `place` names the template in errors.
    Evaluator(Run& run, const Tree& tree, const std::string& place)
        : m_run(run), m_tree(tree), m_place(place) {}

    /// Errors have the place of the expression that failed.
    Result<Value> evaluate(const Expression& expression, Activation& scope);
    Result<bool> holds(const Expression& expression, Activation& scope);
    /// A filter of a block, whose innermost input is `text`.
    Result<Value> filterBlock(const Expression& filter, const Value& text, Activation& scope);
    /// A call with one more named argument, "caller", unless it is Missing.
    Result<Value> call(const Expression& call, const Value& caller, Activation& scope);
    /// Gives the target its value, unpacking tuples.
    Result<void> assign(const Expression& target, const Value& value, Activation& scope);
    /// The error with the place of `at`, unless it has one.
    Error placed(Error error, std::size_t at) const;

  private:
    Result<Value> valueOf(const Expression& expression, Activation& scope);
    Result<Value> sequence(const Expression& expression, Activation& scope);
    Result<Value> dict(const Expression& expression, Activation& scope);
    Result<Value> item(const Expression& expression, Activation& scope);
    Result<Value> filter(const Expression& expression, const Value& input, Activation& scope);
    Result<Value> filtered(const Expression& expression, Activation& scope);
    Result<Value> comparison(const Expression& expression, Activation& scope);
    Result<Value> junction(const Expression& expression, Activation& scope);
    Result<Value> concatenation(const Expression& expression, Activation& scope);
    Result<Value> conditional(const Expression& expression, Activation& scope);
    Result<Arguments> arguments(const CallArguments* given, Activation& scope);
    Result<void> spread(const CallArguments& given, Arguments& into, Activation& scope);
    Result<void> unpack(const Expression& target, const Value& value, Activation& scope);

    Run& m_run;
    const Tree& m_tree;
    const std::string& m_place;
};

}  // namespace lathe::jinja
