// SPDX-License-Identifier: GPL-3.0-or-later
// What a model's trained weights were when training began, to ask the model as it was then.
#pragma once

#include <vector>

#include "core/model/language_model.h"

namespace lathe {

class StartingWeights {
  public:
    /// Keeps a copy of everything that trains.
    explicit StartingWeights(const LanguageModel& model);

    /// The model as it began for as long as the object lives; no backward pass may be pending.
    class AsItBegan {
      public:
        explicit AsItBegan(const StartingWeights& start);
        ~AsItBegan();
        AsItBegan(const AsItBegan&) = delete;
        AsItBegan& operator=(const AsItBegan&) = delete;

      private:
        const StartingWeights& m_start;
        std::vector<at::Tensor> m_now;
    };

  private:
    std::vector<at::Tensor> m_trained;  ///< the model's own
    std::vector<at::Tensor> m_values;   ///< as they were
};

}  // namespace lathe
