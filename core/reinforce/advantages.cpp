// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reinforce/advantages.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {
namespace {

std::vector<std::span<const double>> groupsOf(const std::vector<double>& rewards, std::size_t size) {
    LATHE_CHECK(size > 0 && rewards.size() % size == 0);
    std::vector<std::span<const double>> groups;
    for (std::size_t begin = 0; begin < rewards.size(); begin += size)
        groups.push_back(std::span(rewards).subspan(begin, size));
    return groups;
}

}  // namespace

double meanOf(std::span<const double> values) {
    return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

double spreadOf(std::span<const double> values) {
    if (values.size() < 2) return 0;
    const double mean = meanOf(values);
    double sum = 0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return std::sqrt(sum / double(values.size() - 1));
}

std::vector<double> groupAdvantages(const std::vector<double>& rewards, std::size_t size, RewardScale scale) {
    const double spreadOfAll = spreadOf(rewards);
    std::vector<double> advantages;
    for (const auto group : groupsOf(rewards, size)) {
        const double mean = meanOf(group);
        const double spread = scale == RewardScale::Group ? spreadOf(group) : spreadOfAll;
        for (const double reward : group)
            advantages.push_back(scale == RewardScale::None ? reward - mean
                                                            : (reward - mean) / (spread + 1e-4));
    }
    return advantages;
}

double noSignalShare(const std::vector<double>& rewards, std::size_t size) {
    const auto groups = groupsOf(rewards, size);
    const auto same = std::count_if(groups.begin(), groups.end(), [](const auto group) {
        return std::all_of(group.begin(), group.end(),
                           [&](double reward) { return reward == group.front(); });
    });
    return groups.empty() ? 0 : double(same) / double(groups.size());
}

TokenAdvantages generalisedAdvantages(const std::vector<double>& rewards, const std::vector<double>& values,
                                      double gamma, double lambda) {
    LATHE_CHECK(rewards.size() == values.size());
    TokenAdvantages result{std::vector<double>(rewards.size()), std::vector<double>(rewards.size())};
    double next = 0, nextValue = 0;
    for (std::size_t t = rewards.size(); t-- > 0;) {
        const double surprise = rewards[t] + gamma * nextValue - values[t];
        next = surprise + gamma * lambda * next;
        nextValue = values[t];
        result.advantages[t] = next;
        result.returns[t] = next + values[t];
    }
    return result;
}

void whiten(const std::vector<double*>& values) {
    if (values.empty()) return;
    std::vector<double> plain;
    for (const double* value : values) plain.push_back(*value);
    const double mean = meanOf(plain), spread = spreadOf(plain),
                 scale = 1 / std::sqrt(spread * spread + 1e-8);
    for (double* value : values) *value = (*value - mean) * scale;
}

}  // namespace lathe
