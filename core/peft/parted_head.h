// SPDX-License-Identifier: GPL-3.0-or-later
// A head apart from the embedding that the base shares it with: what PEFT makes of a base with
// tie_word_embeddings when one of the two is changed and not the other.
#pragma once

#include <memory>
#include <vector>

#include "core/peft/method.h"

namespace lathe {

/// Whether one of the methods parts them.
bool partsHead(const std::vector<ChosenMethod>& methods, const ModelShape& shape);

/// The config.json of the base with a head of its own.
Json partedConfig(Json config);

/// The weights with the shared table a second time, as the head's. `shape` is the one with the shared table.
std::unique_ptr<WeightSource> partedWeights(std::unique_ptr<WeightSource> weights, const ModelShape& shape);

}  // namespace lathe
