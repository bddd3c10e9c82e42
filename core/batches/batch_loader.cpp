// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/batches/batch_loader.h"

#include <algorithm>
#include <numeric>

#include "core/base/split_mix.h"
#include "core/data/encode/masking.h"
#include "core/data/encode/packing.h"

namespace lathe {
namespace {

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

at::Tensor moved(const std::vector<double>& values, at::Device device) {
    at::Tensor host = hostTensor({static_cast<int64_t>(values.size())}, at::kDouble, device);
    std::copy(values.begin(), values.end(), host.data_ptr<double>());
    return moved(host, device);
}

/// One row of the batch; a pair of answers makes two.
struct Sequence {
    const std::vector<int32_t>& ids;
    const std::vector<int32_t>& typeIds;
    const std::vector<int32_t>& targets;
};

bool arePairs(std::span<const Example* const> rows) {
    return !rows.front()->rejected.ids.empty();
}

std::vector<Sequence> sequencesOf(std::span<const Example* const> rows, bool ofDecoder) {
    std::vector<Sequence> sequences;
    for (const Example* row : rows)
        sequences.push_back({row->ids, row->typeIds, ofDecoder ? row->decoderTargets : row->targets});
    if (!arePairs(rows)) return sequences;
    for (const Example* row : rows)
        sequences.push_back({row->rejected.ids, row->rejected.typeIds, row->rejected.targets});
    return sequences;
}

/// Which flattened positions of the head's output predict something, and what; a row has `time` positions
/// behind those of the soft prompt.
void collectTargets(std::span<const Sequence> rows, int64_t time, const BatchSettings& settings,
                    Batch& batch) {
    const int64_t front = settings.head == HeadKind::SequenceToSequence ? 0 : settings.promptTokens;
    const int64_t width = front + time;
    const std::size_t ahead = settings.head == HeadKind::LanguageModel ? 1 : 0;
    std::vector<int64_t> lossRows, lossTargets;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const std::vector<int32_t>& targets = rows[row].targets;
        for (std::size_t t = ahead; t < targets.size(); ++t) {
            if (targets[t] == kNoTarget) continue;
            lossRows.push_back(static_cast<int64_t>(row) * width + front + static_cast<int64_t>(t - ahead));
            lossTargets.push_back(targets[t]);
        }
    }
    batch.targetCount = static_cast<int64_t>(lossRows.size());
    batch.lossRows = moved(lossRows, settings.device);
    batch.lossTargets = moved(lossTargets, settings.device);
}

/// What the decoder reads: the start, then each target a place later.
void collectDecoderIds(std::span<const Example* const> rows, const BatchSettings& settings, Batch& batch) {
    std::size_t longest = 1;
    for (const Example* row : rows) longest = std::max(longest, row->decoderTargets.size());
    const auto count = static_cast<int64_t>(rows.size()), time = static_cast<int64_t>(longest);
    at::Tensor ids = hostTensor({count, time}, at::kLong, settings.device).fill_(settings.padId);
    int64_t* to = ids.data_ptr<int64_t>();
    for (const Example* row : rows) {
        const std::vector<int32_t>& targets = row->decoderTargets;
        *to = settings.decoderStart;
        if (!targets.empty()) std::copy(targets.begin(), targets.end() - 1, to + 1);
        batch.tokens += static_cast<int64_t>(targets.size());
        to += time;
    }
    batch.decoderIds = moved(ids, settings.device);
}

void collectLabels(std::span<const Example* const> rows, const BatchSettings& settings, Batch& batch) {
    batch.targetCount = static_cast<int64_t>(rows.size());
    if (!rows.front()->value && !rows.front()->labels) {
        std::vector<int64_t> labels;
        for (const Example* row : rows) labels.push_back(row->label);
        batch.labels = moved(labels, settings.device);
        return;
    }
    at::Tensor wanted =
        hostTensor({batch.targetCount, settings.outputs}, at::kFloat, settings.device).zero_();
    float* to = wanted.data_ptr<float>();
    for (const Example* row : rows) {
        if (row->value)
            *to = static_cast<float>(*row->value);
        else
            for (const int32_t label : *row->labels) to[label] = 1;
        to += settings.outputs;
    }
    batch.wanted = moved(wanted, settings.device);
}

/// What pairs bring besides: which row each target is of, the answers' lengths, the reference, the margins.
void collectPairs(std::span<const Example* const> rows, int64_t width, const BatchSettings& settings,
                  Batch& batch) {
    const at::Device device = settings.device;
    batch.targetCount = static_cast<int64_t>(rows.size());
    std::vector<double> margins, reference;
    for (const Example* row : rows) {
        margins.push_back(row->margin);
        reference.push_back(row->reference.chosen);
    }
    for (const Example* row : rows) reference.push_back(row->reference.rejected);
    batch.margins = moved(margins, device);
    batch.reference = moved(reference, device);
    if (!batch.lossRows.defined()) return;
    batch.targetRows = batch.lossRows.div(width, "floor");
    batch.answerTokens = at::zeros_like(batch.reference);
    batch.answerTokens.index_add_(0, batch.targetRows,
                                  at::ones({batch.lossRows.numel()}, batch.reference.options()));
}

/// Numbers each row's texts, and counts positions anew in each. Padding is a text of its own.
void collectDocuments(std::span<const Example* const> rows, int64_t time, at::Device device, Batch& batch) {
    const auto count = static_cast<int64_t>(rows.size());
    at::Tensor documents = hostTensor({count, time}, at::kLong, device).fill_(-1);
    at::Tensor positions = hostTensor({count, time}, at::kLong, device).zero_();
    for (int64_t row = 0; row < count; ++row) {
        int64_t* number = documents.data_ptr<int64_t>() + row * time;
        int64_t* position = positions.data_ptr<int64_t>() + row * time;
        const std::vector<int64_t>& lengths = rows[static_cast<std::size_t>(row)]->documents;
        for (std::size_t text = 0; text < lengths.size(); ++text) {
            std::fill_n(number, lengths[text], static_cast<int64_t>(text));
            std::iota(position, position + lengths[text], int64_t(0));
            number += lengths[text];
            position += lengths[text];
            batch.longest = std::max(batch.longest, lengths[text]);
        }
    }
    batch.documents = moved(documents, device);
    batch.positions = moved(positions, device);
}

}  // namespace

BatchSettings batchSettingsFor(const LanguageModel& model, int32_t padId, at::Device device) {
    return {.padId = padId,
            .device = device,
            .head = model.shape().head,
            .decoderStart = model.shape().decoderStart,
            .outputs = model.shape().labels,
            .promptTokens = model.promptTokens(),
            .prefixTokens = model.prefixTokens()};
}

Batch makeBatch(std::span<const Example* const> rows, const BatchSettings& settings) {
    LATHE_CHECK(!rows.empty());
    const at::Device device = settings.device;
    const std::vector<Sequence> sequences = sequencesOf(rows, settings.head == HeadKind::SequenceToSequence);
    const auto count = static_cast<int64_t>(sequences.size());
    std::size_t longest = 1;
    bool padded = false, typed = false;
    for (const Sequence& row : sequences) {
        padded = padded || row.ids.size() != sequences.front().ids.size();
        typed = typed || !row.typeIds.empty();
        longest = std::max(longest, row.ids.size());
    }
    const auto time = static_cast<int64_t>(longest);
    const int64_t prompt = settings.promptTokens, front = prompt + settings.prefixTokens;
    at::Tensor ids = hostTensor({count, time}, at::kLong, device).fill_(settings.padId);
    at::Tensor types = hostTensor({count, prompt + time}, at::kLong, device).zero_();
    at::Tensor mask = hostTensor({count, front + time}, at::kBool, device).zero_();
    std::vector<int64_t> lengths;
    Batch batch;
    for (int64_t row = 0; row < count; ++row) {
        const Sequence& from = sequences[static_cast<std::size_t>(row)];
        const std::size_t length = from.ids.size();
        std::copy(from.ids.begin(), from.ids.end(), ids.data_ptr<int64_t>() + row * time);
        std::copy_n(from.typeIds.begin(), std::min(length, from.typeIds.size()),
                    types.data_ptr<int64_t>() + row * (prompt + time) + prompt);
        std::fill_n(mask.data_ptr<bool>() + row * (front + time), front + static_cast<int64_t>(length), true);
        lengths.push_back(prompt + static_cast<int64_t>(length));
        batch.tokens += static_cast<int64_t>(length);
    }
    batch.ids = moved(ids, device);
    if (typed) batch.typeIds = moved(types, device);
    if (padded) batch.mask = moved(mask, device);
    batch.lengths = moved(lengths, device);
    batch.positions =
        at::arange(settings.prefixTokens, front + time, at::TensorOptions().dtype(at::kLong).device(device))
            .expand({count, prompt + time});
    if (!rows.front()->documents.empty()) collectDocuments(rows, time, device, batch);
    if (settings.head == HeadKind::SequenceToSequence) collectDecoderIds(rows, settings, batch);
    if (settings.head != HeadKind::SequenceClassification)
        collectTargets(sequences, batch.decoderIds.defined() ? batch.decoderIds.size(1) : time, settings,
                       batch);
    else if (!arePairs(rows))
        collectLabels(rows, settings, batch);
    if (arePairs(rows)) collectPairs(rows, prompt + time, settings, batch);
    return batch;
}

BatchLoader::BatchLoader(const std::vector<Example>& rows, const Settings& settings)
    : BatchLoader(rows, settings, settings.capacity > 0 ? bestFit(rows, settings.capacity) : Sequences()) {
}

BatchLoader::BatchLoader(const std::vector<Example>& rows, const Settings& settings, Sequences sequences)
    : BatchSource({static_cast<int64_t>(sequences.empty() ? rows.size() : sequences.size()), settings.order}),
      m_rows(rows),
      m_settings(settings),
      m_sequences(std::move(sequences)) {
}

Result<StepBatches> BatchLoader::next(int64_t /*step*/) {
    StepBatches taken;
    taken.updates.push_back(nextStep());
    return taken;
}

std::vector<Batch> BatchLoader::nextStep() {
    std::vector<Batch> batches;
    for (const std::vector<int64_t>& numbers : order.nextStep()) batches.push_back(batchOf(numbers));
    return batches;
}

Batch BatchLoader::batchOf(const std::vector<int64_t>& numbers) const {
    std::vector<const Example*> chosen;
    std::vector<Example> made;  // for this batch alone
    made.reserve(numbers.size());
    for (const int64_t number : numbers) {
        if (!m_sequences.empty()) {
            made.push_back(packed(m_sequences[static_cast<std::size_t>(number)]));
        } else if (m_settings.masking) {
            made.push_back(masked(number));
        } else {
            chosen.push_back(&m_rows[static_cast<std::size_t>(number)]);
            continue;
        }
        chosen.push_back(&made.back());
    }
    return makeBatch(chosen, m_settings.batch);
}

Example BatchLoader::packed(const std::vector<int64_t>& numbers) const {
    std::vector<const Example*> rows;
    for (const int64_t number : numbers) rows.push_back(&m_rows[static_cast<std::size_t>(number)]);
    return joined(rows);
}

Example BatchLoader::masked(int64_t number) const {
    Example row = m_rows[static_cast<std::size_t>(number)];
    const auto epoch = static_cast<uint64_t>(order.cursor().epoch);
    SplitMix seeds(m_settings.order.seed ^ (epoch * 0xD1342543DE82EF95u) ^ (uint64_t(number) << 20));
    maskTokens(row, *m_settings.masking, seeds.next());
    return row;
}

}  // namespace lathe
