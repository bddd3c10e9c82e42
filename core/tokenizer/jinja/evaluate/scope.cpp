// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/scope.h"

namespace lathe::jinja {

uint32_t ContextNames::indexOf(const std::string& name) {
    const auto [at, fresh] = m_indices.emplace(name, static_cast<uint32_t>(m_names.size()));
    if (fresh) m_names.push_back(name);
    return at->second;
}

const Scope::Place* Scope::find(const std::string& name) const {
    for (const Scope* scope = this; scope; scope = scope->m_parent)
        if (const auto at = scope->m_places.find(name); at != scope->m_places.end()) return &at->second;
    return nullptr;
}

Slot Scope::relative(const Place& place) const {
    return {static_cast<uint16_t>(m_function.depth - place.function->depth), place.index};
}

Load& Scope::define(const std::string& name) {
    auto [at, fresh] = m_places.emplace(name, Place{&m_function, m_function.slots});
    if (fresh) ++m_function.slots;
    Load& load = m_loads[at->second.index];
    load = Load{};
    load.slot = at->second.index;
    return load;
}

Slot Scope::declare(const std::string& name) {
    m_stores.insert(name);
    const uint32_t index = define(name).slot;
    m_loads.erase(index);
    return {0, index};
}

void Scope::declareAll(const Expression& target) {
    if (target.kind == ExpressionKind::Name) declare(target.name);
    for (const ExpressionPtr& part : target.parts) declareAll(*part);
}

void Scope::load(const std::string& name) {
    if (find(name)) return;
    Load& load = define(name);
    load.from = Load::From::Context;
    load.context = m_context.indexOf(name);
}

void Scope::store(const std::string& name) {
    const bool fresh = m_stores.insert(name).second;
    const bool known = m_places.contains(name);
    // Set in a branch, the name keeps the value it has outside where the branch is not taken.
    if (known && !(fresh && m_conditional > 0)) return;
    const Place* const outer = m_parent ? m_parent->find(name) : nullptr;
    Load& load = define(name);
    if (outer) {
        load.from = Load::From::Outer;
        load.outer = relative(*outer);
    } else if (m_conditional > 0) {
        load.from = Load::From::Context;
        load.context = m_context.indexOf(name);
    }
}

void Scope::storeAll(const Expression& target) {
    if (target.kind == ExpressionKind::Name) store(target.name);
    if (target.kind == ExpressionKind::NamespaceField) load(target.name);
    for (const ExpressionPtr& part : target.parts) storeAll(*part);
}

void Scope::collect(const Statements& statements) {
    for (const auto& statement : statements) collect(*statement);
}

void Scope::collect(const Statement& statement) {
    switch (statement.kind) {
        case StatementKind::If:
            for (std::size_t i = 0; i < statement.branches.size(); ++i) {
                const Branch& branch = statement.branches[i];
                if (branch.test) collect(*branch.test);
                ++m_conditional;
                collect(branch.body);
                --m_conditional;
            }
            return;
        case StatementKind::Set:
            collect(*statement.value);
            storeAll(*statement.target);
            return;
        case StatementKind::SetBlock:
            storeAll(*statement.target);
            return;
        case StatementKind::Macro:
            store(statement.target->name);
            return;
        case StatementKind::With:
            for (const ExpressionPtr& value : statement.values) collect(*value);
            return;
        case StatementKind::Output:
        case StatementKind::For:
        case StatementKind::CallBlock:
        case StatementKind::FilterBlock:
            collect(*statement.value);
            return;
        default:
            return;
    }
}

void Scope::collect(const Expression& expression) {
    if (expression.kind == ExpressionKind::Name) load(expression.name);
    for (const ExpressionPtr& part : expression.parts)
        if (part) collect(*part);
    if (!expression.arguments) return;
    for (const ExpressionPtr& part : expression.arguments->positional) collect(*part);
    for (const auto& [name, part] : expression.arguments->named) collect(*part);
    if (expression.arguments->list) collect(*expression.arguments->list);
    if (expression.arguments->dict) collect(*expression.arguments->dict);
}

Slot Scope::slotOf(const std::string& name) const {
    const Place* const place = find(name);
    LATHE_CHECK(place);
    return relative(*place);
}

Loads Scope::loads() const {
    Loads loads;
    for (const auto& [slot, load] : m_loads) loads.push_back(load);
    return loads;
}

}  // namespace lathe::jinja
