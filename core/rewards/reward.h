// SPDX-License-Identifier: GPL-3.0-or-later
// What says how good an answer is that a model wrote while it learns.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/data/task_data.h"

namespace lathe {

struct SampledAnswer {
    const Example* prompt = nullptr;
    std::string text;    ///< as people read it, valid UTF-8
    int64_t tokens = 0;  ///< the one that ends it included
    bool ended = false;  ///< not cut off
};

class Reward {
  public:
    virtual ~Reward() = default;
    /// One number an answer.
    virtual Result<std::vector<double>> score(std::span<const SampledAnswer> answers) = 0;
};

}  // namespace lathe
