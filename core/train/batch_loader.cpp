// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/batch_loader.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): small, well mixed, and the same everywhere, unlike std::shuffle.
class SplitMix {
  public:
    explicit SplitMix(uint64_t state) : m_state(state) {}
    uint64_t next() {
        uint64_t z = (m_state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, bound): draws that would favour small numbers are thrown away.
    uint64_t below(uint64_t bound) {
        const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
        uint64_t value = next();
        while (value >= limit) value = next();
        return value % bound;
    }

  private:
    uint64_t m_state;
};

at::Tensor hostTensor(at::IntArrayRef sizes, at::ScalarType type, at::Device device) {
    return at::empty(sizes, at::TensorOptions().dtype(type).pinned_memory(device.is_cuda()));
}

at::Tensor moved(const at::Tensor& host, at::Device device) {
    return host.to(device, /*non_blocking=*/true);
}

at::Tensor moved(const std::vector<int64_t>& values, at::Device device) {
    at::Tensor host = hostTensor({static_cast<int64_t>(values.size())}, at::kLong, device);
    std::copy(values.begin(), values.end(), host.data_ptr<int64_t>());
    return moved(host, device);
}

/// Which flattened positions predict something, and what.
void collectTargets(std::span<const Example* const> rows, int64_t time, at::Device device, Batch& batch) {
    std::vector<int64_t> lossRows, lossTargets;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::vector<int32_t>& targets = rows[row]->targets;
        for (std::size_t t = 1; t < targets.size(); ++t) {
            if (targets[t] == kNoTarget) continue;
            lossRows.push_back(static_cast<int64_t>(row) * time + static_cast<int64_t>(t) - 1);
            lossTargets.push_back(targets[t]);
        }
    }
    batch.targetCount = static_cast<int64_t>(lossRows.size());
    batch.lossRows = moved(lossRows, device);
    batch.lossTargets = moved(lossTargets, device);
}

void collectLabels(std::span<const Example* const> rows, at::Device device, Batch& batch) {
    std::vector<int64_t> labels;
    for (const Example* row : rows) labels.push_back(row->label);
    batch.targetCount = static_cast<int64_t>(labels.size());
    batch.labels = moved(labels, device);
}

}  // namespace

std::vector<int64_t> shuffledOrder(int64_t count, uint64_t seed, uint64_t epoch) {
    std::vector<int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), int64_t(0));
    SplitMix seeds(seed);
    SplitMix random(seeds.next() ^ (epoch * 0xD1342543DE82EF95u));
    for (std::size_t left = order.size(); left > 1; --left)
        std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

Batch makeBatch(std::span<const Example* const> rows, int32_t padId, at::Device device) {
    LATHE_CHECK(!rows.empty());
    const auto count = static_cast<int64_t>(rows.size());
    std::size_t longest = 1;
    bool padded = false, typed = false;
    for (const Example* row : rows) {
        padded = padded || row->ids.size() != rows.front()->ids.size();
        typed = typed || !row->typeIds.empty();
        longest = std::max(longest, row->ids.size());
    }
    const auto time = static_cast<int64_t>(longest);
    at::Tensor ids = hostTensor({count, time}, at::kLong, device).fill_(padId);
    at::Tensor types = hostTensor({count, time}, at::kLong, device).zero_();
    at::Tensor mask = hostTensor({count, time}, at::kBool, device).zero_();
    std::vector<int64_t> lengths;
    Batch batch;
    for (int64_t row = 0; row < count; ++row) {
        const Example& example = *rows[static_cast<std::size_t>(row)];
        const std::size_t length = example.ids.size();
        std::copy(example.ids.begin(), example.ids.end(), ids.data_ptr<int64_t>() + row * time);
        std::copy_n(example.typeIds.begin(), std::min(length, example.typeIds.size()),
                    types.data_ptr<int64_t>() + row * time);
        std::fill_n(mask.data_ptr<bool>() + row * time, length, true);
        lengths.push_back(static_cast<int64_t>(length));
        batch.tokens += static_cast<int64_t>(length);
    }
    batch.ids = moved(ids, device);
    if (typed) batch.typeIds = moved(types, device);
    if (padded) batch.mask = moved(mask, device);
    batch.lengths = moved(lengths, device);
    batch.positions =
        at::arange(time, at::TensorOptions().dtype(at::kLong).device(device)).expand({count, time});
    if (rows.front()->targets.empty()) {
        collectLabels(rows, device, batch);
    } else {
        collectTargets(rows, time, device, batch);
    }
    return batch;
}

BatchLoader::BatchLoader(const std::vector<Example>& rows, const Settings& settings)
    : m_rows(rows), m_settings(settings) {
    LATHE_CHECK(!rows.empty() && settings.batchSize > 0 && settings.accumulation > 0);
    m_order = shuffledOrder(static_cast<int64_t>(rows.size()), settings.seed, 0);
}

int64_t BatchLoader::stepsPerEpoch() const {
    const int64_t rows = static_cast<int64_t>(m_rows.size());
    const int64_t batches = (rows + m_settings.batchSize - 1) / m_settings.batchSize;
    return (batches + m_settings.accumulation - 1) / m_settings.accumulation;
}

int64_t BatchLoader::totalSteps(double epochs, int64_t maxSteps) const {
    if (maxSteps > 0) return maxSteps;
    return std::max<int64_t>(1, static_cast<int64_t>(std::ceil(epochs * double(stepsPerEpoch()))));
}

std::vector<Batch> BatchLoader::nextStep() {
    const int64_t rows = static_cast<int64_t>(m_rows.size());
    if (m_cursor.row >= rows) {
        m_cursor = {m_cursor.epoch + 1, 0};
        m_order = shuffledOrder(rows, m_settings.seed, static_cast<uint64_t>(m_cursor.epoch));
    }
    std::vector<Batch> batches;
    std::vector<const Example*> chosen;
    while (static_cast<int64_t>(batches.size()) < m_settings.accumulation && m_cursor.row < rows) {
        const int64_t end = std::min(rows, m_cursor.row + m_settings.batchSize);
        chosen.clear();
        for (; m_cursor.row < end; ++m_cursor.row)
            chosen.push_back(
                &m_rows[static_cast<std::size_t>(m_order[static_cast<std::size_t>(m_cursor.row)])]);
        batches.push_back(makeBatch(chosen, m_settings.padId, m_settings.device));
    }
    return batches;
}

bool BatchLoader::restore(const DataCursor& cursor) {
    const int64_t rows = static_cast<int64_t>(m_rows.size());
    if (cursor.epoch < 0 || cursor.row < 0 || cursor.row > rows) return false;
    m_cursor = cursor;
    m_order = shuffledOrder(rows, m_settings.seed, static_cast<uint64_t>(cursor.epoch));
    return true;
}

}  // namespace lathe
