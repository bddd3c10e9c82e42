// SPDX-License-Identifier: GPL-3.0-or-later
// The one way from a base's files to a filled model: compared with the weights' header before it is built.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "core/base/note.h"
#include "core/model/language_model.h"

namespace lathe {

/// What becomes of a base's own classification outputs.
enum class HeadOutputs {
    Kept,        ///< the file's, which must have the right size
    NewIfOther,  ///< the file's where they have the right size, else new ones
    New,         ///< the model has other labels
};

struct ModelParts {
    const Architecture& architecture;
    const Json& config;
    HeadChoice head;
    const WeightSource& weights;
    uint64_t seed = 0;  ///< of the parameters that the file lacks
    HeadOutputs outputs = HeadOutputs::Kept;
    Quantization quantization = Quantization::None;
    /// Names of the base's parameters that train, which are never quantised; may be empty.
    std::function<Result<std::unordered_set<std::string>>(const ModelShape&)> trained;
};

struct BuiltModel {
    std::shared_ptr<LanguageModel> model;  ///< on the CPU
    bool replacedOutputs = false;          ///< the file has some that were not taken
};

/// Errors as Architecture::shape, checkWeights and loadWeights; ModelMismatch takes no more memory than the
/// file's header.
Result<BuiltModel> buildModel(const ModelParts& parts);

/// The tensors that no head of the architecture reads, but for buffers and copies that files are known to
/// hold; nothing without any.
std::optional<Note> unusedTensors(const Architecture& architecture, const Json& config,
                                  const WeightSource& weights);

}  // namespace lathe
