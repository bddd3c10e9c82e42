// SPDX-License-Identifier: GPL-3.0-or-later
// A model's weights with its adapters merged, one at a time, as they are written into files.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/model/language_model.h"

namespace lathe {

/// Unsupported, at `place`, when the model has an adapter that no plain weights answer like.
Result<void> checkMergeable(LanguageModel& model, const std::string& place);
/// Whether an adapter changes the table of a head that shares it: merged, the head needs a table of its own.
bool partsFromHead(LanguageModel& model);

class MergedWeights {
  public:
    /// The adapters must be mergeable.
    explicit MergedWeights(LanguageModel& model);

    /// What there is to write: the model's parameters, and lm_head.weight behind them where the embedding
    /// parts from its head.
    const std::vector<ParameterShape>& parameters() const { return m_about; }
    /// The base's config.json for these.
    Json config(Json base) const;
    /// As stored in a checkpoint: float32, contiguous, on the CPU. NonFinite when a value is not a number.
    Result<at::Tensor> of(const std::string& name) const;

  private:
    bool m_parts;
    std::vector<ParameterShape> m_about;
    std::map<std::string, at::Tensor> m_parameters;
    std::map<std::string, std::shared_ptr<Projection>> m_adapted;  ///< or packed, by the layer's name
    std::map<std::string, std::shared_ptr<Embedding>> m_tables;    ///< with an adapter, by the weight's name
};

}  // namespace lathe
