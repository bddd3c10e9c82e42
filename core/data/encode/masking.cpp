// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/masking.h"

#include "core/base/split_mix.h"

namespace lathe {
namespace {

constexpr double kHidden = 0.15, kMasked = 0.8, kReplaced = 0.1;

}  // namespace

void maskTokens(Example& row, const Masking& masking, uint64_t seed) {
    SplitMix random(seed);
    std::vector<std::size_t> open, chosen;
    for (std::size_t i = 0; i < row.targets.size(); ++i) {
        if (row.targets[i] == kNoTarget) continue;
        (random.share() < kHidden ? chosen : open).push_back(i);
    }
    if (chosen.empty() && !open.empty()) {
        const std::size_t one = random.below(open.size());
        chosen.push_back(open[one]);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(one));
    }
    for (const std::size_t i : open) row.targets[i] = kNoTarget;
    for (const std::size_t i : chosen) {
        const double draw = random.share();
        if (draw < kMasked)
            row.ids[i] = masking.maskId;
        else if (draw < kMasked + kReplaced)
            row.ids[i] = static_cast<int32_t>(random.below(static_cast<uint64_t>(masking.vocabulary)));
    }
}

}  // namespace lathe
