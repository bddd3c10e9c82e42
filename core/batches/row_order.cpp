// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/batches/row_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/result.h"
#include "core/base/split_mix.h"

namespace lathe {

std::vector<int64_t> shuffledOrder(int64_t count, uint64_t seed, uint64_t epoch) {
    std::vector<int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), int64_t(0));
    SplitMix seeds(seed);
    SplitMix random(seeds.next() ^ (epoch * 0xD1342543DE82EF95u));
    for (std::size_t left = order.size(); left > 1; --left)
        std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

RowOrder::RowOrder(int64_t rows, const Settings& settings) : m_rows(rows), m_settings(settings) {
    LATHE_CHECK(rows > 0 && settings.batchSize > 0 && settings.accumulation > 0);
    m_order = shuffledOrder(rows, settings.seed, 0);
}

int64_t RowOrder::stepsPerEpoch() const {
    const int64_t batches = (m_rows + m_settings.batchSize - 1) / m_settings.batchSize;
    return (batches + m_settings.accumulation - 1) / m_settings.accumulation;
}

int64_t RowOrder::totalSteps(double epochs, int64_t maxSteps) const {
    if (maxSteps > 0) return maxSteps;
    return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(epochs * double(stepsPerEpoch()))));
}

std::vector<int64_t> RowOrder::rowsOfFirst(int64_t steps) const {
    std::vector<int64_t> order = shuffledOrder(m_rows, m_settings.seed, 0);
    if (steps < stepsPerEpoch())
        order.resize(static_cast<std::size_t>(steps * m_settings.batchSize * m_settings.accumulation));
    return order;
}

std::vector<std::vector<int64_t>> RowOrder::nextStep() {
    if (m_cursor.row >= m_rows) {
        m_cursor = {m_cursor.epoch + 1, 0};
        m_order = shuffledOrder(m_rows, m_settings.seed, static_cast<uint64_t>(m_cursor.epoch));
    }
    std::vector<std::vector<int64_t>> batches;
    while (static_cast<int64_t>(batches.size()) < m_settings.accumulation && m_cursor.row < m_rows) {
        const int64_t end = std::min(m_rows, m_cursor.row + m_settings.batchSize);
        batches.emplace_back(m_order.begin() + m_cursor.row, m_order.begin() + end);
        m_cursor.row = end;
    }
    return batches;
}

bool RowOrder::restore(const DataCursor& cursor) {
    if (cursor.epoch < 0 || cursor.row < 0 || cursor.row > m_rows) return false;
    m_cursor = cursor;
    m_order = shuffledOrder(m_rows, m_settings.seed, static_cast<uint64_t>(cursor.epoch));
    return true;
}

}  // namespace lathe
