// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/resolver.h"

#include "core/tokenizer/jinja/parse/lexer.h"
#include "core/tokenizer/jinja/parse/undeclared.h"
#include "core/tokenizer/jinja/values/builtin.h"

namespace lathe::jinja {
namespace {

/// A copy of a loop's target, for the frame of its condition.
ExpressionPtr copyOfTarget(const Expression& target) {
    auto copy = std::make_unique<Expression>();
    copy->kind = target.kind;
    copy->at = target.at;
    copy->name = target.name;
    for (const ExpressionPtr& part : target.parts) copy->parts.push_back(copyOfTarget(*part));
    return copy;
}

}  // namespace

Resolver::Resolver(Tree& tree, std::string place)
    : m_tree(tree), m_place(std::move(place)), m_context(tree.contextNames) {
}

Result<void> Resolver::resolve() {
    FunctionScope function;
    Scope root(nullptr, function, m_context);
    root.collect(m_tree.body);
    LATHE_TRY_VOID(resolve(m_tree.body, root, false));
    m_tree.loads = root.loads();
    m_tree.function.slots = function.slots;
    return {};
}

Result<void> Resolver::resolve(Statements& statements, Scope& scope, bool skippable) {
    for (const auto& statement : statements) LATHE_TRY_VOID(resolve(*statement, scope, skippable));
    return {};
}

Result<void> Resolver::resolve(Statement& statement, Scope& scope, bool skippable) {
    switch (statement.kind) {
        case StatementKind::Output:
            return resolve(*statement.value, scope, skippable);
        case StatementKind::If:
            for (Branch& branch : statement.branches) {
                if (branch.test) LATHE_TRY_VOID(resolve(*branch.test, scope, true));
                LATHE_TRY_VOID(resolve(branch.body, scope, true));
            }
            return {};
        case StatementKind::For:
            return resolveLoop(statement, scope, skippable);
        case StatementKind::Set:
            LATHE_TRY_VOID(resolve(*statement.value, scope, skippable));
            return resolve(*statement.target, scope, skippable);
        case StatementKind::SetBlock:
            LATHE_TRY_VOID(resolveBlock(statement, scope));
            return resolve(*statement.target, scope, skippable);
        case StatementKind::Macro:
            LATHE_TRY_VOID(resolveFunction(statement, scope));
            return resolve(*statement.target, scope, skippable);
        case StatementKind::CallBlock:
            LATHE_TRY_VOID(resolve(*statement.value, scope, skippable));
            return resolveFunction(statement, scope);
        case StatementKind::FilterBlock:
        case StatementKind::Generation:
            return resolveBlock(statement, scope);
        case StatementKind::With:
            for (const ExpressionPtr& value : statement.values)
                LATHE_TRY_VOID(resolve(*value, scope, skippable));
            return resolveBlock(statement, scope);
        default:
            return {};
    }
}

Result<void> Resolver::resolveBlock(Statement& block, Scope& scope) {
    Scope inner(&scope, scope.function(), m_context);
    for (const ExpressionPtr& target : block.parameters) inner.declareAll(*target);
    inner.collect(block.body);
    const bool filtered = block.kind == StatementKind::FilterBlock || block.kind == StatementKind::SetBlock;
    if (filtered && block.value) inner.collect(*block.value);
    for (const ExpressionPtr& target : block.parameters) LATHE_TRY_VOID(resolve(*target, inner, false));
    LATHE_TRY_VOID(resolve(block.body, inner, false));
    if (filtered && block.value) LATHE_TRY_VOID(resolve(*block.value, inner, false));
    block.loads = inner.loads();
    return {};
}

Result<void> Resolver::resolveLoop(Statement& loop, Scope& scope, bool skippable) {
    FunctionScope own{scope.function().depth + 1, 0};
    FunctionScope& function = loop.recursive ? own : scope.function();
    Scope inner(&scope, function, m_context), otherwise(&scope, function, m_context),
        testing(&scope, scope.function(), m_context);
    loop.usesLoop = loop.recursive || !undeclaredNames(loop.body, {"loop"}).empty();
    if (loop.usesLoop) loop.slot = inner.declare("loop");
    inner.declareAll(*loop.target);
    inner.collect(loop.body);
    otherwise.collect(loop.otherwise);
    LATHE_TRY_VOID(resolve(*loop.target, inner, false));
    LATHE_TRY_VOID(resolve(*loop.value, scope, skippable));
    LATHE_TRY_VOID(resolve(loop.body, inner, false));
    LATHE_TRY_VOID(resolve(loop.otherwise, otherwise, false));
    if (loop.test) {
        loop.testTarget = copyOfTarget(*loop.target);
        testing.declareAll(*loop.testTarget);
        testing.collect(*loop.test);
        LATHE_TRY_VOID(resolve(*loop.testTarget, testing, false));
        LATHE_TRY_VOID(resolve(*loop.test, testing, false));
        loop.testLoads = testing.loads();
    }
    loop.loads = inner.loads();
    loop.otherwiseLoads = otherwise.loads();
    loop.function.slots = own.slots;
    return {};
}

Result<void> Resolver::resolveFunction(Statement& definition, Scope& scope) {
    FunctionScope own{scope.function().depth + 1, 0};
    Scope inner(&scope, own, m_context);
    Function& function = definition.function;
    for (const ExpressionPtr& parameter : definition.parameters)
        function.parameters.push_back(inner.declare(parameter->name));
    for (const ExpressionPtr& value : definition.values) inner.collect(*value);
    inner.collect(definition.body);
    const auto used = undeclaredNames(definition.body, {"caller", "kwargs", "varargs"});
    const auto declared = [&](const std::string& name) {
        for (const ExpressionPtr& parameter : definition.parameters)
            if (parameter->name == name) return true;
        return false;
    };
    const auto provide = [&](const std::string& name, bool& uses, Slot& slot) {
        uses = used.contains(name) && !declared(name);
        if (uses) slot = inner.declare(name);
    };
    provide("caller", function.usesCaller, function.caller);
    provide("kwargs", function.usesKwargs, function.kwargs);
    provide("varargs", function.usesVarargs, function.varargs);
    for (const ExpressionPtr& value : definition.values) LATHE_TRY_VOID(resolve(*value, inner, false));
    LATHE_TRY_VOID(resolve(definition.body, inner, false));
    definition.loads = inner.loads();
    function.slots = own.slots;
    return {};
}

Result<void> Resolver::resolveBuiltin(Expression& expression, bool skippable) const {
    const bool filter = expression.kind == ExpressionKind::Filter;
    expression.builtin = filter ? findFilter(expression.name) : findTest(expression.name);
    if (expression.builtin || skippable) return {};
    return Error{
        ErrorCode::Unsupported,
        std::string("the ") + (filter ? "filter" : "test") + " \"" + expression.name + "\" is not supported",
        placeOf(m_place, m_tree.source, expression.at), ""};
}

Result<void> Resolver::resolve(Expression& expression, Scope& scope, bool skippable) {
    if (expression.kind == ExpressionKind::Filter || expression.kind == ExpressionKind::Test)
        LATHE_TRY_VOID(resolveBuiltin(expression, skippable));
    if (expression.kind == ExpressionKind::Name || expression.kind == ExpressionKind::NamespaceField)
        expression.slot = scope.slotOf(expression.name);
    const bool inner = skippable || expression.kind == ExpressionKind::Conditional;
    for (const ExpressionPtr& part : expression.parts)
        if (part) LATHE_TRY_VOID(resolve(*part, scope, inner));
    if (!expression.arguments) return {};
    for (const ExpressionPtr& part : expression.arguments->positional)
        LATHE_TRY_VOID(resolve(*part, scope, inner));
    for (const auto& [name, part] : expression.arguments->named) LATHE_TRY_VOID(resolve(*part, scope, inner));
    if (expression.arguments->list) LATHE_TRY_VOID(resolve(*expression.arguments->list, scope, inner));
    if (expression.arguments->dict) LATHE_TRY_VOID(resolve(*expression.arguments->dict, scope, inner));
    return {};
}

}  // namespace lathe::jinja
