// SPDX-License-Identifier: GPL-3.0-or-later
// Models' chat templates: Jinja as transformers renders it, bounded in time and memory for templates of
// strangers.
#pragma once

#include <memory>

#include "core/base/json.h"
#include "core/tokenizer/jinja/values/run.h"

namespace lathe::jinja {

struct Tree;

/// Bytes of a text, from `begin` up to `end`.
struct Stretch {
    std::size_t begin = 0, end = 0;
};

struct Rendered {
    std::string text;
    /// What `{% generation %}` … `{% endgeneration %}` wrote, in order. What is written inside a macro, a
    /// block `set` or a filter block is not there: its place is not known until it is printed.
    std::vector<Stretch> generated;
    struct Item {
        std::size_t index;  ///< of the element of `messages`
        Stretch stretch;    ///< what the loop wrote for it
    };
    /// One for each iteration of a loop over elements of the variable `messages`, whatever selects them, that
    /// wrote to the text directly, in the order of the text.
    std::vector<Item> items;
};

class Template {
  public:
    /// FileTooLarge above 1 MiB; FileMalformed with "place:line:column" for a syntax error; Unsupported,
    /// naming it, for a statement, filter or test that is not known.
    static Result<Template> parse(std::string source, std::string place);

    /// `variables` is an object: messages, tools, add_generation_prompt, bos_token, … An error has the place
    /// in the template: DataInvalid for raise_exception and for what Python refuses; Unsupported for steps,
    /// time or memory beyond the limits, and for a function, filter or test that is not known. `clock` is
    /// what strftime_now shows, the system's without it. Several threads may render at once.
    Result<Rendered> render(const OrderedJson& variables, const Limits& limits = {},
                            const Clock* clock = nullptr) const;

    /// Whether the template reads a variable of this name, or an attribute or a key of any value.
    bool uses(std::string_view variable) const;

  private:
    Template(std::shared_ptr<const Tree> tree, std::string place);

    std::shared_ptr<const Tree> m_tree;
    std::string m_place;
};

}  // namespace lathe::jinja
