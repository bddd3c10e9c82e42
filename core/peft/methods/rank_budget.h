// SPDX-License-Identifier: GPL-3.0-or-later
// How AdaLoRA takes inner size away while training: importance of each direction, the schedule of the budget,
// and the penalty that keeps directions at right angles (methods.md, "AdaLoRA").
#pragma once

#include "core/peft/step_aid.h"

namespace lathe {

/// One layer's B·diag(E)·A.
struct RankedTriplets {
    at::Tensor a, e, b;  ///< (rank, in), (rank, 1), (out, rank)
};

struct RankBudgetSettings {
    int64_t targetRank = 8;                               ///< a layer's, on average, at the end
    int64_t warmup = 0, final = 0, total = 1, every = 1;  ///< steps
    double beta1 = 0.85, beta2 = 0.85;
    double orthogonality = 0.5;
};

/// The directions that are left after update `step` of `all`: all in the warm-up, target · layers in the
/// final part, between them all · cubic.
int64_t budgetAt(int64_t step, int64_t all, int64_t target, const RankBudgetSettings& settings);

class RankBudget : public StepAid {
  public:
    RankBudget(std::vector<RankedTriplets> layers, const RankBudgetSettings& settings);

    /// orthogonality · mean over all A and B of ‖P − I‖, P = A·Aᵀ and Bᵀ·B.
    at::Tensor penalty() override;
    void afterUpdate(int64_t step) override;
    std::vector<std::pair<std::string, at::Tensor>> state() override;

  private:
    /// Smoothed |p · gradient| and how much it varies.
    struct Importance {
        at::Tensor mean, spread;
    };
    struct Layer {
        RankedTriplets triplets;
        Importance a, e, b;
        at::Tensor kept;  ///< like e: 1 where the direction is left, 0 where it was taken at the last choice
    };
    void choose(int64_t step);
    void note(const at::Tensor& parameter, Importance& importance) const;

    std::vector<Layer> m_layers;
    RankBudgetSettings m_settings;
    int64_t m_all = 0;  ///< directions of all layers
};

}  // namespace lathe
