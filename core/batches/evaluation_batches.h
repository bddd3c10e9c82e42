// SPDX-License-Identifier: GPL-3.0-or-later
// Rows in batches for a pass without training.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/data/task_data.h"

namespace lathe {

/// The rows in batches of like length, the longest first, so that little is spent on padding.
template <class Row>
std::vector<std::vector<Row*>> batchesByLength(std::vector<Row*> rows, int64_t batchSize) {
    const auto length = [](const Example* row) {
        return std::max(row->ids.size(), row->rejected.ids.size());
    };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Example* a, const Example* b) { return length(a) > length(b); });
    const auto most = static_cast<std::ptrdiff_t>(std::max<int64_t>(1, batchSize));
    std::vector<std::vector<Row*>> batches;
    for (auto first = rows.begin(); first != rows.end();) {
        const auto end = first + std::min(most, rows.end() - first);
        batches.emplace_back(first, end);
        first = end;
    }
    return batches;
}

}  // namespace lathe
