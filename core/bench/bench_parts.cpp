// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bench/bench_parts.h"

#include <algorithm>

#include "core/base/split_mix.h"

namespace lathe {

std::vector<Example> randomRows(const ModelShape& shape, int64_t count, int64_t length) {
    SplitMix random(1);
    std::vector<Example> rows(static_cast<std::size_t>(count));
    for (Example& row : rows) {
        for (int64_t i = 0; i < length; ++i)
            row.ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(shape.vocabulary))));
        if (shape.labels > 0)
            row.label = static_cast<int64_t>(random.below(static_cast<uint64_t>(shape.labels)));
        else
            row.targets = row.decoderTargets = row.ids;
    }
    return rows;
}

double medianOf(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace lathe
