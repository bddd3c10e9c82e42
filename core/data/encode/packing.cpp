// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/packing.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace lathe {

std::vector<std::vector<int64_t>> bestFit(const std::vector<Example>& rows, int64_t capacity) {
    const auto length = [&](int64_t row) {
        return static_cast<int64_t>(rows[static_cast<std::size_t>(row)].ids.size());
    };
    std::vector<int64_t> order(rows.size());
    std::iota(order.begin(), order.end(), int64_t(0));
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return length(a) > length(b); });

    std::vector<std::vector<int64_t>> sequences;
    std::multimap<int64_t, std::size_t> byRoom;
    for (const int64_t row : order) {
        const auto fullest = byRoom.lower_bound(length(row));
        if (fullest == byRoom.end()) {
            byRoom.emplace(capacity - length(row), sequences.size());
            sequences.push_back({row});
            continue;
        }
        const auto [room, sequence] = *fullest;
        byRoom.erase(fullest);
        byRoom.emplace(room - length(row), sequence);
        sequences[sequence].push_back(row);
    }
    return sequences;
}

Example joined(const std::vector<const Example*>& rows) {
    Example sequence;
    for (const Example* row : rows) {
        const std::size_t begin = sequence.ids.size();
        sequence.ids.insert(sequence.ids.end(), row->ids.begin(), row->ids.end());
        sequence.targets.insert(sequence.targets.end(), row->targets.begin(), row->targets.end());
        if (sequence.targets.size() > begin) sequence.targets[begin] = kNoTarget;
        sequence.documents.push_back(static_cast<int64_t>(row->ids.size()));
    }
    return sequence;
}

}  // namespace lathe
