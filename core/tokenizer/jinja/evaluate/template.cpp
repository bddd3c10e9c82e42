// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/jinja/evaluate/template.h"

#include <algorithm>

#include "core/tokenizer/jinja/evaluate/interpreter.h"
#include "core/tokenizer/jinja/evaluate/resolver.h"
#include "core/tokenizer/jinja/parse/lexer.h"
#include "core/tokenizer/jinja/parse/mentions.h"
#include "core/tokenizer/jinja/parse/statement_parser.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::jinja {
namespace {

constexpr std::size_t kMaxSource = 1 << 20;

}  // namespace

Template::Template(std::shared_ptr<const Tree> tree, std::string place)
    : m_tree(std::move(tree)), m_place(std::move(place)) {
}

Result<Template> Template::parse(std::string source, std::string place) {
    if (source.size() > kMaxSource)
        return Error{ErrorCode::FileTooLarge, "a chat template of more than 1 MiB", place, ""};
    if (!tok::isValidUtf8(source))
        return Error{ErrorCode::FileMalformed, "the chat template is not valid UTF-8", place, ""};
    auto tree = std::make_shared<Tree>();
    tree->source = normalizedSource(std::move(source));
    StatementParser parser(*tree, place);
    LATHE_TRY_VOID(parser.parse());
    Resolver resolver(*tree, place);
    LATHE_TRY_VOID(resolver.resolve());
    tree->mentioned = mentionsOf(*tree);
    return Template(std::move(tree), std::move(place));
}

Result<Rendered> Template::render(const OrderedJson& variables, const Limits& limits,
                                  const Clock* clock) const {
    LATHE_CHECK(variables.is_object());
    Run run(limits, clock);
    Interpreter interpreter(run, *m_tree, m_place);
    return interpreter.render(variables);
}

bool Template::uses(std::string_view variable) const {
    return std::binary_search(m_tree->mentioned.begin(), m_tree->mentioned.end(), variable);
}

}  // namespace lathe::jinja
