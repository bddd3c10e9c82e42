// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/parse/mentions.h"

#include <algorithm>
#include <set>

namespace lathe::jinja {
namespace {

class Search {
  public:
    explicit Search(const Tree& tree) : m_found(tree.contextNames.begin(), tree.contextNames.end()) {
        see(tree.body);
    }
    std::vector<std::string> found() const { return {m_found.begin(), m_found.end()}; }

  private:
    void see(const Statements& statements) {
        for (const auto& statement : statements) {
            for (const ExpressionPtr* part : {&statement->target, &statement->value, &statement->test})
                if (*part) see(**part);
            for (const Branch& branch : statement->branches) {
                if (branch.test) see(*branch.test);
                see(branch.body);
            }
            for (const ExpressionPtr& value : statement->values) see(*value);
            see(statement->body);
            see(statement->otherwise);
        }
    }

    void see(const Expression& expression) {
        const auto& parts = expression.parts;
        if (expression.kind == ExpressionKind::Attribute) m_found.insert(expression.name);
        if (expression.kind == ExpressionKind::Item) key(*parts[1]);
        if (expression.kind == ExpressionKind::Compare)
            for (std::size_t i = 0; i < expression.operators.size(); ++i)
                if (expression.operators[i] == Operator::In || expression.operators[i] == Operator::NotIn)
                    key(*parts[i]);
        for (const ExpressionPtr& part : parts)
            if (part) see(*part);
        if (!expression.arguments) return;
        const bool get = expression.kind == ExpressionKind::Call &&
                         parts[0]->kind == ExpressionKind::Attribute && parts[0]->name == "get";
        const bool keys = get || expression.kind == ExpressionKind::Filter;
        for (const ExpressionPtr& part : expression.arguments->positional) argument(*part, keys);
        for (const auto& [name, part] : expression.arguments->named) argument(*part, keys);
        if (expression.arguments->list) see(*expression.arguments->list);
        if (expression.arguments->dict) see(*expression.arguments->dict);
    }

    void argument(const Expression& part, bool isKey) {
        if (isKey) key(part);
        see(part);
    }

    /// A constant key, or the parts of an attribute such as "function.name".
    void key(const Expression& expression) {
        if (expression.kind != ExpressionKind::Constant || !expression.constant.isString()) return;
        const std::string_view text = expression.constant.bytes();
        m_found.emplace(text);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find_first_of(".,", at), text.size());
            m_found.emplace(text.substr(at, end - at));
            at = end + 1;
        }
    }

    std::set<std::string> m_found;
};

}  // namespace

std::vector<std::string> mentionsOf(const Tree& tree) {
    return Search(tree).found();
}

}  // namespace lathe::jinja
