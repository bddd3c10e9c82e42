// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace lathe {
namespace {

/// std::shuffle's order is each library's own.
std::vector<std::size_t> shuffled(std::size_t count, int64_t seed) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::mt19937_64 random(static_cast<uint64_t>(seed));
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    return order;
}

std::size_t heldOutOf(std::size_t count, double fraction) {
    const auto wanted = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(count)));
    return std::min(std::clamp<std::size_t>(wanted, 1, std::max<std::size_t>(count, 2) - 1), count);
}

/// Of each label's `counts` rows how many are held out, `wanted` together: whole shares, then one more by the
/// largest remainder. One row of each label at least is kept.
std::vector<std::size_t> heldOutByLabel(const std::vector<std::size_t>& counts, double fraction,
                                        std::size_t wanted) {
    std::vector<std::size_t> held(counts.size()), byRemainder(counts.size());
    std::vector<double> remainder(counts.size());
    std::size_t total = 0;
    for (std::size_t label = 0; label < counts.size(); ++label) {
        const double share = fraction * static_cast<double>(counts[label]);
        held[label] = static_cast<std::size_t>(share);
        remainder[label] = share - std::floor(share);
        total += held[label];
    }
    std::iota(byRemainder.begin(), byRemainder.end(), std::size_t(0));
    std::stable_sort(byRemainder.begin(), byRemainder.end(),
                     [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
    for (const std::size_t label : byRemainder) {
        if (total >= wanted) break;
        if (held[label] + 1 >= counts[label]) continue;
        ++held[label];
        ++total;
    }
    return held;
}

}  // namespace

Split splitRows(std::size_t count, double fraction, int64_t seed) {
    const auto order = shuffled(count, seed);
    const auto middle = order.begin() + static_cast<std::ptrdiff_t>(heldOutOf(count, fraction));
    Split split{{middle, order.end()}, {order.begin(), middle}};
    std::sort(split.train.begin(), split.train.end());
    std::sort(split.validation.begin(), split.validation.end());
    return split;
}

Split splitByLabel(std::span<const int32_t> labels, double fraction, int64_t seed) {
    std::vector<std::size_t> counts;
    std::size_t labelled = 0;
    for (const int32_t label : labels) {
        if (label < 0) continue;
        const auto index = static_cast<std::size_t>(label);
        if (counts.size() <= index) counts.resize(index + 1);
        ++counts[index];
        ++labelled;
    }
    auto left = heldOutByLabel(counts, fraction, heldOutOf(labelled, fraction));
    Split split;
    for (const std::size_t row : shuffled(labels.size(), seed)) {
        const bool held = labels[row] >= 0 && left[static_cast<std::size_t>(labels[row])] > 0;
        if (held) --left[static_cast<std::size_t>(labels[row])];
        (held ? split.validation : split.train).push_back(row);
    }
    std::sort(split.train.begin(), split.train.end());
    std::sort(split.validation.begin(), split.validation.end());
    return split;
}

}  // namespace lathe
