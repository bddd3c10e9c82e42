// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/interpreter.h"

#include <algorithm>

#include "core/tokenizer/jinja/evaluate/macro.h"
#include "core/tokenizer/jinja/functions/globals.h"
#include "core/tokenizer/jinja/values/from_json.h"
#include "core/tokenizer/jinja/values/iteration.h"
#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {

Interpreter::Interpreter(Run& run, const Tree& tree, const std::string& place)
    : m_run(run), m_tree(tree), m_evaluator(run, tree, place), m_out(&m_rendered.text) {
}

Result<Rendered> Interpreter::render(const OrderedJson& variables) {
    for (const std::string& name : m_tree.contextNames) {
        const auto given = variables.find(name);
        Value value;
        if (given == variables.end()) {
            value = globalFunction(m_run, name);
        } else if (auto converted = fromJson(m_run, *given); converted.ok()) {
            value = converted.value();
        } else {
            return m_evaluator.placed(converted.error(), 0);
        }
        m_context.push_back(value);
        if (name == "messages" && value.is(Kind::List))
            for (std::size_t i = 0; i < value.items().size(); ++i)
                if (const void* const address = value.items()[i].address()) m_messages.emplace(address, i);
    }
    Activation& root = *m_run.make<Activation>(nullptr, m_tree.function.slots);
    enter(m_tree.loads, m_context, root);
    LATHE_TRY([[maybe_unused]] const Flow flow, execute(m_tree.body, root));
    std::stable_sort(m_rendered.items.begin(), m_rendered.items.end(), [](const auto& a, const auto& b) {
        return a.stretch.begin != b.stretch.begin ? a.stretch.begin < b.stretch.begin
                                                  : a.stretch.end > b.stretch.end;
    });
    return std::move(m_rendered);
}

Result<void> Interpreter::write(std::string_view text) {
    if (writesText()) {
        if (text.size() > m_run.limits().output || m_out->size() > m_run.limits().output - text.size())
            return failure("the template writes more than " + std::to_string(m_run.limits().output) +
                           " bytes");
    } else {
        LATHE_TRY_VOID(m_run.charge(text.size()));
    }
    *m_out += text;
    return {};
}

Result<Interpreter::Flow> Interpreter::execute(const Statements& statements, Activation& scope) {
    for (const auto& statement : statements) {
        LATHE_TRY(const Flow flow, execute(*statement, scope));
        if (flow != Flow::Next) return flow;
    }
    return Flow::Next;
}

Result<Interpreter::Flow> Interpreter::execute(const Statement& statement, Activation& scope) {
    const Run::Nesting nesting(m_run);
    if (const auto fits = nesting.check(); !fits.ok()) return m_evaluator.placed(fits.error(), statement.at);
    if (const auto left = m_run.step(); !left.ok()) return m_evaluator.placed(left.error(), statement.at);
    Result<Flow> flow = executePlaced(statement, scope);
    if (!flow.ok()) return m_evaluator.placed(flow.error(), statement.at);
    return flow;
}

Result<Interpreter::Flow> Interpreter::executePlaced(const Statement& statement, Activation& scope) {
    const auto next = [](const Result<void>& done) {
        return done.ok() ? Result<Flow>(Flow::Next) : done.error();
    };
    switch (statement.kind) {
        case StatementKind::Data:
            return next(write(statement.text));
        case StatementKind::Output:
            return next(print(statement, scope));
        case StatementKind::If:
            return branch(statement, scope);
        case StatementKind::For:
            return loop(statement, scope);
        case StatementKind::Set:
            return next(set(statement, scope));
        case StatementKind::SetBlock:
            return setBlock(statement, scope);
        case StatementKind::Macro:
            return next(m_evaluator.assign(*statement.target, macroOf(statement, scope), scope));
        case StatementKind::CallBlock:
            return next(callBlock(statement, scope));
        case StatementKind::FilterBlock:
            return filterBlock(statement, scope);
        case StatementKind::With:
            return with(statement, scope);
        case StatementKind::Generation:
            return next(generation(statement, scope));
        case StatementKind::Break:
            return Flow::Break;
        case StatementKind::Continue:
            return Flow::Continue;
    }
    return Flow::Next;
}

Result<void> Interpreter::print(const Statement& statement, Activation& scope) {
    LATHE_TRY(const Value value, m_evaluator.evaluate(*statement.value, scope));
    if (value.isString()) return write(value.bytes());
    LATHE_TRY(const std::string text, shown(m_run, value));
    return write(text);
}

Result<Interpreter::Flow> Interpreter::branch(const Statement& statement, Activation& scope) {
    for (const Branch& branch : statement.branches) {
        bool taken = !branch.test;
        if (branch.test) {
            LATHE_TRY(taken, m_evaluator.holds(*branch.test, scope));
        }
        if (taken) return execute(branch.body, scope);
    }
    return Flow::Next;
}

Result<void> Interpreter::set(const Statement& statement, Activation& scope) {
    LATHE_TRY(const Value value, m_evaluator.evaluate(*statement.value, scope));
    return m_evaluator.assign(*statement.target, value, scope);
}

Result<Interpreter::Flow> Interpreter::caught(const Statements& statements, Activation& scope, Value& text) {
    std::string own;
    std::string* const out = std::exchange(m_out, &own);
    const Result<Flow> flow = execute(statements, scope);
    m_out = out;
    if (!flow.ok()) return flow;
    LATHE_TRY(text, m_run.text(std::move(own)));
    return flow;
}

Result<Interpreter::Flow> Interpreter::setBlock(const Statement& statement, Activation& scope) {
    enter(statement.loads, m_context, scope);
    Value text;
    LATHE_TRY(const Flow flow, caught(statement.body, scope, text));
    if (flow != Flow::Next) return flow;
    if (statement.value) {
        LATHE_TRY(text, m_evaluator.filterBlock(*statement.value, text, scope));
    }
    LATHE_TRY_VOID(m_evaluator.assign(*statement.target, text, scope));
    return Flow::Next;
}

Result<Interpreter::Flow> Interpreter::filterBlock(const Statement& statement, Activation& scope) {
    enter(statement.loads, m_context, scope);
    Value text;
    LATHE_TRY(const Flow flow, caught(statement.body, scope, text));
    if (flow != Flow::Next) return flow;
    LATHE_TRY(const Value value, m_evaluator.filterBlock(*statement.value, text, scope));
    LATHE_TRY(const std::string printed, shown(m_run, value));
    LATHE_TRY_VOID(write(printed));
    return Flow::Next;
}

Result<Interpreter::Flow> Interpreter::with(const Statement& statement, Activation& scope) {
    enter(statement.loads, m_context, scope);
    for (std::size_t i = 0; i < statement.values.size(); ++i) {
        LATHE_TRY(const Value value, m_evaluator.evaluate(*statement.values[i], scope));
        LATHE_TRY_VOID(m_evaluator.assign(*statement.parameters[i], value, scope));
    }
    return execute(statement.body, scope);
}

Value Interpreter::macroOf(const Statement& statement, Activation& scope) {
    const auto body = [this](const Statement& definition, Activation& inner) -> Result<Value> {
        std::size_t firstDefault = definition.parameters.size() - definition.values.size();
        enter(definition.loads, m_context, inner);
        for (std::size_t i = 0; i < definition.parameters.size(); ++i) {
            Value& parameter = inner.at(definition.function.parameters[i]);
            if (!parameter.isMissing()) continue;
            if (i < firstDefault) {
                parameter =
                    m_run.undefined("the parameter \"" + definition.parameters[i]->name + "\" was not given");
                continue;
            }
            LATHE_TRY(const Value value, m_evaluator.evaluate(*definition.values[i - firstDefault], inner));
            inner.at(definition.function.parameters[i]) = value;
        }
        Value text;
        LATHE_TRY([[maybe_unused]] const Flow flow, caught(definition.body, inner, text));
        return text;
    };
    return Value(static_cast<Native*>(m_run.make<Macro>(statement, scope, body)));
}

Result<void> Interpreter::callBlock(const Statement& statement, Activation& scope) {
    LATHE_TRY(const Value value, m_evaluator.call(*statement.value, macroOf(statement, scope), scope));
    LATHE_TRY(const std::string text, shown(m_run, value));
    return write(text);
}

Result<void> Interpreter::generation(const Statement& statement, Activation& scope) {
    enter(statement.loads, m_context, scope);
    const std::size_t begin = m_out->size();
    LATHE_TRY([[maybe_unused]] const Flow flow, execute(statement.body, scope));
    if (writesText()) m_rendered.generated.push_back({begin, m_out->size()});
    return {};
}

Result<Interpreter::Flow> Interpreter::loop(const Statement& statement, Activation& scope) {
    LATHE_TRY(const Value iterable, m_evaluator.evaluate(*statement.value, scope));
    LATHE_TRY(const Flow flow, iterations(statement, iterable, 0, scope));
    return statement.recursive ? Flow::Next : flow;
}

Value Interpreter::selected(const Statement& statement, Iterator& from, Activation& scope) {
    return generator(
        m_run,
        [this, &statement, &from, &scope, begun = false](Run& run, Value& item) mutable -> Result<bool> {
            if (!std::exchange(begun, true)) enter(statement.testLoads, m_context, scope);
            while (true) {
                LATHE_TRY_VOID(run.step());
                LATHE_TRY(const bool more, from.next(run, item));
                if (!more) return false;
                LATHE_TRY_VOID(m_evaluator.assign(*statement.testTarget, item, scope));
                LATHE_TRY(const bool holds, m_evaluator.holds(*statement.test, scope));
                if (holds) return true;
            }
        });
}

Result<Interpreter::Flow> Interpreter::iterations(const Statement& statement, const Value& iterable,
                                                  int depth, Activation& outer) {
    Activation* scope = &outer;
    if (statement.recursive) {
        LATHE_TRY_VOID(m_run.charge(statement.function.slots * sizeof(Value)));
        scope = m_run.make<Activation>(&outer, statement.function.slots);
    }
    LATHE_TRY(Iterator * source, iterate(m_run, iterable));
    Value from = iterable;
    if (statement.test) {
        from = selected(statement, *source, outer);
        source = &from.iterator();
    }
    Loop* loop = nullptr;
    if (statement.usesLoop) {
        Loop::Recurse recurse;
        if (statement.recursive)
            recurse = [this, &statement, &outer](const Value& inner, int level) {
                return recursed(statement, inner, level, outer);
            };
        loop = m_run.make<Loop>(from, *source, depth, std::move(recurse));
        scope->at(statement.slot) = Value(static_cast<Native*>(loop));
    }
    bool otherwise = true;
    for (Value item;;) {
        LATHE_TRY_VOID(m_run.step());
        LATHE_TRY(const bool more, loop ? loop->advance(m_run, item) : source->next(m_run, item));
        if (!more) break;
        LATHE_TRY(const Flow flow, iteration(statement, item, *scope));
        if (flow == Flow::Break) break;
        // Jinja marks the loop as done where an iteration comes to its end, which break and continue prevent.
        if (flow == Flow::Next) otherwise = false;
    }
    if (!otherwise || statement.otherwise.empty()) return Flow::Next;
    enter(statement.otherwiseLoads, m_context, *scope);
    return execute(statement.otherwise, *scope);
}

Result<Interpreter::Flow> Interpreter::iteration(const Statement& statement, const Value& item,
                                                 Activation& scope) {
    LATHE_TRY_VOID(m_evaluator.assign(*statement.target, item, scope));
    enter(statement.loads, m_context, scope);
    const std::size_t begin = m_out->size();
    LATHE_TRY(const Flow flow, execute(statement.body, scope));
    if (writesText()) noteItem(item, begin);
    return flow;
}

void Interpreter::noteItem(const Value& item, std::size_t begin) {
    const void* const address = item.address();
    const auto message = address ? m_messages.find(address) : m_messages.end();
    if (message != m_messages.end() && m_out->size() > begin)
        m_rendered.items.push_back({message->second, {begin, m_out->size()}});
}

Result<Value> Interpreter::recursed(const Statement& statement, const Value& iterable, int depth,
                                    Activation& outer) {
    const Run::Call call(m_run);
    LATHE_TRY_VOID(call.check());
    std::string own;
    std::string* const out = std::exchange(m_out, &own);
    const Result<Flow> flow = iterations(statement, iterable, depth, outer);
    m_out = out;
    if (!flow.ok()) return flow.error();
    return m_run.text(std::move(own));
}

}  // namespace lathe::jinja
