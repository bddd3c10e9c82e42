// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers a method changes: names, "all-linear" or a regular expression, chosen as PEFT does
// (methods.md, "Target selection").
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/model/language_model.h"

namespace lathe {

constexpr const char* kAllLinear = "all-linear";

/// A linear layer of the body: its dotted name and its weight's shape (out, in); or an embedding, which turns
/// an id among `in` rows into `out` numbers.
struct LinearModule {
    std::string name;
    int64_t in = 0, out = 0;
    int64_t layer = -1;  ///< its block's number within the stack; -1 outside of the blocks
    bool isEmbedding = false;
    bool isHead = false;  ///< the language head, whether it has a table of its own or shares one
};

/// Every linear layer of the body in forward order; the task head is not one of them.
std::vector<LinearModule> linearModules(const ModelShape& shape);

/// The language head as a layer; nothing where there is none.
std::optional<LinearModule> languageHeadModule(const ModelShape& shape);

/// Every embedding of the body, in forward order.
std::vector<LinearModule> embeddingModules(const ModelShape& shape);

/// Whether the one entry is a regular expression rather than a name.
bool isTargetExpression(const std::vector<std::string>& targets);

struct SelectedLayers {
    std::vector<LinearModule> layers;    ///< in forward order; may be empty
    std::vector<std::string> unmatched;  ///< the entries that name none of the model's
};

/// The layers `targets` name: a list matches whole names and their endings after a dot, a single regular
/// expression the whole name; empty takes the architecture's defaults; "all-linear" takes neither embeddings
/// nor the language head, names do. RecipeInvalid for an expression that is none.
Result<SelectedLayers> selectTargets(const std::vector<std::string>& targets, const ModelShape& shape);

/// RecipeInvalid at the setting `key`: no layer is called `target`, naming what there is.
Error nothingMatches(const std::string& target, const std::string& key, const ModelShape& shape);

/// The last parts of the linear layers' names without repeats ("q_proj", …): what people write as targets.
std::vector<std::string> linearNames(const ModelShape& shape);
/// The same of the embeddings.
std::vector<std::string> embeddingNames(const ModelShape& shape);

}  // namespace lathe
