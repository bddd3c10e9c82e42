// SPDX-License-Identifier: GPL-3.0-or-later
// One frame of a template and its variables, by the rules of Jinja's compiler (jinja2/idtracking.py): a name
// that a frame sets anywhere is the frame's own throughout, starts as the value outside, and a loop, a block
// or a macro does not change names outside itself.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "core/tokenizer/jinja/parse/ast.h"

namespace lathe::jinja {

/// The names that are looked up where the template is rendered, each once.
class ContextNames {
  public:
    explicit ContextNames(std::vector<std::string>& names) : m_names(names) {}
    uint32_t indexOf(const std::string& name);

  private:
    std::vector<std::string>& m_names;
    std::unordered_map<std::string, uint32_t> m_indices;
};

/// What is compiled as a function: its variables share one array.
struct FunctionScope {
    int depth = 0;
    uint32_t slots = 0;
};

class Scope {
  public:
    Scope(Scope* parent, FunctionScope& function, ContextNames& context)
        : m_parent(parent), m_function(function), m_context(context) {}

    /// A name that is given a value whenever the frame is entered.
    Slot declare(const std::string& name);
    // What a frame reads and sets, in the order of the text; the statements of inner frames do not count.
    void collect(const Statements& statements);
    void collect(const Expression& expression);
    /// The names of a target of a loop or `with`.
    void declareAll(const Expression& target);

    /// Where a name is that was collected here or in a frame around.
    Slot slotOf(const std::string& name) const;
    FunctionScope& function() const { return m_function; }
    /// What to do when the frame is entered.
    Loads loads() const;

  private:
    struct Place {
        const FunctionScope* function = nullptr;
        uint32_t index = 0;
    };
    const Place* find(const std::string& name) const;
    void collect(const Statement& statement);
    void load(const std::string& name);
    void store(const std::string& name);
    void storeAll(const Expression& target);
    Load& define(const std::string& name);
    Slot relative(const Place& place) const;

    Scope* m_parent;
    FunctionScope& m_function;
    ContextNames& m_context;
    std::unordered_map<std::string, Place> m_places;
    std::unordered_map<uint32_t, Load> m_loads;
    std::unordered_set<std::string> m_stores;
    int m_conditional = 0;  ///< branches of `if` around what is collected
};

}  // namespace lathe::jinja
