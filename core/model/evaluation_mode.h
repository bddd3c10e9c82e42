// SPDX-License-Identifier: GPL-3.0-or-later
// Puts a model into evaluation mode (no dropout) for as long as the object lives, then back as it was.
#pragma once

#include <torch/nn/module.h>

namespace lathe {

class EvaluationMode {
  public:
    explicit EvaluationMode(torch::nn::Module& module)
        : m_module(module), m_wasTraining(module.is_training()) {
        m_module.eval();
    }
    ~EvaluationMode() { m_module.train(m_wasTraining); }
    EvaluationMode(const EvaluationMode&) = delete;
    EvaluationMode& operator=(const EvaluationMode&) = delete;

  private:
    torch::nn::Module& m_module;
    bool m_wasTraining;
};

}  // namespace lathe
