// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/undeclared.h"

namespace lathe::jinja {
namespace {

/// Visits in the order in which Jinja's compiler does.
class Search {
  public:
    explicit Search(std::set<std::string> names) : m_names(std::move(names)) {}

    void see(const Statements& statements) {
        for (const auto& statement : statements) {
            if (m_found.size() == m_names.size()) return;
            see(*statement);
        }
    }
    const std::set<std::string>& found() const { return m_found; }

  private:
    void see(const Statement& statement) {
        const bool blockFirst = statement.kind == StatementKind::FilterBlock;
        const bool isFor = statement.kind == StatementKind::For;
        if (statement.kind != StatementKind::Macro) set(statement.target);
        if (!blockFirst && statement.value) see(*statement.value);
        for (const Branch& branch : statement.branches) {
            if (branch.test) see(*branch.test);
            see(branch.body);
        }
        for (const ExpressionPtr& parameter : statement.parameters) set(parameter);
        for (const ExpressionPtr& value : statement.values) see(*value);
        see(statement.body);
        if (blockFirst) see(*statement.value);
        if (isFor) {
            see(statement.otherwise);
            if (statement.test) see(*statement.test);
        }
    }

    void see(const Expression& expression) {
        if (expression.kind == ExpressionKind::Name && m_names.contains(expression.name))
            m_found.insert(expression.name);
        for (const ExpressionPtr& part : expression.parts)
            if (part) see(*part);
        if (!expression.arguments) return;
        for (const ExpressionPtr& part : expression.arguments->positional) see(*part);
        for (const auto& [name, part] : expression.arguments->named) see(*part);
        if (expression.arguments->list) see(*expression.arguments->list);
        if (expression.arguments->dict) see(*expression.arguments->dict);
    }

    void set(const ExpressionPtr& target) {
        if (!target) return;
        if (target->kind == ExpressionKind::Name) m_names.erase(target->name);
        if (target->kind == ExpressionKind::Tuple)
            for (const ExpressionPtr& part : target->parts) set(part);
    }

    std::set<std::string> m_names, m_found;
};

}  // namespace

std::set<std::string> undeclaredNames(const Statements& statements, std::set<std::string> names) {
    Search search(std::move(names));
    search.see(statements);
    return search.found();
}

}  // namespace lathe::jinja
