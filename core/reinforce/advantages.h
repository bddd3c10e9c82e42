// SPDX-License-Identifier: GPL-3.0-or-later
// How much better an answer, or a token of it, was than expected (methods.md, "PPO"; methods.md, "GRPO").
#pragma once

#include <span>
#include <vector>

#include "core/objectives/policy.h"

namespace lathe {

/// The mean; 0 of nothing. The standard deviation with n - 1; 0 of fewer than two values.
double meanOf(std::span<const double> values);
double spreadOf(std::span<const double> values);

/// Per answer (reward - mean of its group) / (σ + 1e-4), σ with n - 1 over the group or over all answers; not
/// divided with RewardScale::None. Groups of `size` lie behind each other.
std::vector<double> groupAdvantages(const std::vector<double>& rewards, std::size_t size, RewardScale scale);

/// The share of groups whose answers all have the same reward: they teach nothing.
double noSignalShare(const std::vector<double>& rewards, std::size_t size);

/// Of one answer, one value a token.
struct TokenAdvantages {
    std::vector<double> advantages, returns;
};
/// Generalised advantage estimation (Schulman et al. 2016): δ_t = r_t + γ V_{t+1} - V_t, A_t = δ_t + γ λ
/// A_{t+1}, the values behind the last token 0; the return is A + V.
TokenAdvantages generalisedAdvantages(const std::vector<double>& rewards, const std::vector<double>& values,
                                      double gamma, double lambda);

/// Shifts and scales the values to mean 0 and variance 1: (A - mean) / sqrt(var + 1e-8), the variance with n
/// - 1.
void whiten(const std::vector<double*>& values);

}  // namespace lathe
