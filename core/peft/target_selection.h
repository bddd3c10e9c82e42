// SPDX-License-Identifier: GPL-3.0-or-later
// Which layers a method changes: names, "all-linear" or a regular expression, chosen as PEFT does
// (spec §1.1).
#pragma once

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
};

/// Every linear layer of the body in forward order; the task head is not one of them.
std::vector<LinearModule> linearModules(const ModelShape& shape);

/// Every embedding of the body, in forward order.
std::vector<LinearModule> embeddingModules(const ModelShape& shape);

/// Whether the one entry is a regular expression rather than a name.
bool isTargetExpression(const std::vector<std::string>& targets);

/// The layers `targets` name: a list matches whole names and their endings after a dot, a single regular
/// expression the whole name; empty takes the architecture's defaults; "all-linear" takes no embeddings,
/// names do. RecipeInvalid, naming what there is, when an entry matches nothing.
Result<std::vector<LinearModule>> selectTargets(const std::vector<std::string>& targets,
                                                const ModelShape& shape);

/// The last parts of the linear layers' names without repeats ("q_proj", …): what people write as targets.
std::vector<std::string> linearNames(const ModelShape& shape);
/// The same of the embeddings.
std::vector<std::string> embeddingNames(const ModelShape& shape);

}  // namespace lathe
