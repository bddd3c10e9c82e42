// SPDX-License-Identifier: GPL-3.0-or-later
// A model's weights with its adapters merged, one at a time, as they are written into files.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/model/language_model.h"

namespace lathe {

class MergedWeights {
  public:
    explicit MergedWeights(LanguageModel& model);

    /// As stored in a checkpoint: float32, contiguous, on the CPU. NonFinite when a value is not a number.
    Result<at::Tensor> of(const std::string& name) const;

  private:
    std::map<std::string, at::Tensor> m_parameters;
    std::map<std::string, std::shared_ptr<Projection>> m_adapted;  ///< or packed, by the layer's name
};

}  // namespace lathe
