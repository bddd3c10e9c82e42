// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/memory_estimate.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "core/data/roles/columns.h"
#include "core/peft/block_activations.h"

namespace lathe {
namespace {

constexpr int64_t kFloatBytes = 4;
constexpr int64_t kMiB = int64_t(1) << 20;

/// What a process takes beyond its start once it trains, whatever the model: pages of LibTorch's code and of
/// the libraries below it, their buffers for packed matrices, stacks of threads. What is left of the smallest
/// runs of tests/bench/memory.py when everything else is taken off, on x86-64.
constexpr int64_t kLibraries = 40 * kMiB;

/// Of what is freed between tensors that are kept, the heap can use about this part again before the peak:
/// other sizes do not fit into the holes. Seen in 22 runs as what the process has beyond its tensors, which
/// were counted in the allocator; 0.1 to 0.4.
constexpr double kUsedAgain = 0.2;

/// The logits that the language head holds at a time (core/ops/linear_cross_entropy).
constexpr int64_t kCpuLogits = 64 * kMiB, kGpuLogits = 256 * kMiB;

int64_t elements(const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const auto size : shape) count *= size;
    return count;
}

/// Numbers of the base and of what the methods add, by what happens to them.
struct Counts {
    int64_t base = 0, trainedBase = 0, added = 0, trainedAdded = 0;
    int64_t packedMatrices = 0;    ///< numbers in matrices that are packed
    int64_t packed = 0;            ///< bytes of these
    int64_t largestPacked = 0;     ///< numbers
    int64_t largestTrained = 0;    ///< numbers of the largest matrix of a block that trains
    int64_t trainedEmbedding = 0;  ///< numbers of the largest embedding that trains
    int64_t trainedHead = 0;       ///< numbers of the language head's table, where it trains
    int64_t trained() const { return trainedBase + trainedAdded; }
};

Counts countNumbers(const MethodPlan& plan, const ModelShape& shape, Quantization kind) {
    const std::unordered_set<std::string> trained(plan.trainedBase.begin(), plan.trainedBase.end());
    Counts counts;
    const bool writes = shape.head == HeadKind::LanguageModel || shape.head == HeadKind::SequenceToSequence ||
                        shape.head == HeadKind::MaskedLanguageModel;
    for (const ParameterShape& parameter : shape.parameters) {
        const int64_t count = elements(parameter.shape);
        const bool trains = trained.count(parameter.name) > 0;
        counts.base += count;
        if (trains) {
            counts.trainedBase += count;
            if (parameter.isEmbedding)
                counts.trainedEmbedding = std::max(counts.trainedEmbedding, count);
            else if (parameter.block >= 0)
                counts.largestTrained = std::max(counts.largestTrained, count);
            const bool isTable = parameter.shape.size() == 2 && parameter.shape[0] == shape.vocabulary;
            if (writes && isTable && (parameter.isHead || (shape.tiedHead && parameter.isEmbedding)))
                counts.trainedHead = count;
        } else if (parameter.isLinear && kind != Quantization::None) {
            const int64_t rows = parameter.shape[parameter.isTransposed ? 1 : 0];
            counts.packedMatrices += count;
            counts.packed += packedBytes(rows, count / rows, kind);
            counts.largestPacked = std::max(counts.largestPacked, count);
        }
    }
    for (const auto& added : plan.added) {
        counts.added += elements(added.shape);
        if (added.trains) counts.trainedAdded += elements(added.shape);
    }
    return counts;
}

/// The head's own needs: in its forward pass, and for as long as the backward pass runs.
struct HeadNeeds {
    int64_t forward = 0, backward = 0;
};

HeadNeeds headNeeds(const ModelShape& shape, const Counts& counts, const RunFacts& facts, int64_t width) {
    if (shape.labels > 0 || facts.targets == 0) return {};
    // The rows that predict, and their gradient.
    const int64_t rows = 2 * facts.targets * shape.hidden * width;
    const int64_t chunk =
        std::min(facts.targets * shape.vocabulary * kFloatBytes, facts.onGpu ? kGpuLogits : kCpuLogits);
    // Logits and their gradient, one chunk each; the table's gradient is made along with them.
    const int64_t table = counts.trainedHead * kFloatBytes;
    // In the backward pass it is there once more, multiplied.
    return {rows + 2 * chunk + table, rows + 2 * table};
}

/// What training needs for a moment on top of what is kept.
int64_t temporaryBytes(const ModelShape& shape, const Counts& counts, const BlockActivations& blocks,
                       const RunFacts& facts, int64_t kept, int64_t width) {
    const HeadNeeds head = headNeeds(shape, counts, facts, width);
    const int64_t matrix = std::max(counts.largestTrained * kFloatBytes, blocks.weightBytes);
    // When the last block goes back everything is kept still; when the embedding does, only its gradient and
    // that of the head that shares its table are there.
    const int64_t lastBlock = head.backward + blocks.momentary + matrix;
    const int64_t embedding = (counts.trainedEmbedding + counts.trainedHead) * kFloatBytes - kept;
    const int64_t unpacked = counts.largestPacked * width;
    return std::max({head.forward, lastBlock, embedding}) + unpacked;
}

/// Holes in the heap. The allocator of a GPU counts what is in use only.
int64_t heapBytes(const BlockActivations& blocks, const Recipe& recipe, const RunFacts& facts) {
    if (facts.onGpu) return 0;
    // A block that is computed again has freed all that it wrote the first time.
    const int64_t freed =
        recipe.train.gradientCheckpointing ? blocks.largestBlock + blocks.mostFreed : blocks.freed;
    return static_cast<int64_t>(double(freed) * (1 - kUsedAgain));
}

}  // namespace

RunFacts factsOfRecipe(const Recipe& recipe, const ModelShape& shape) {
    RunFacts facts;
    facts.half = recipe.train.precision == "bf16";
    const bool pairs = rowShapeOf(recipe.task) == RowShape::Preference;
    facts.sequences = recipe.train.batchSize * (pairs ? 2 : 1);
    facts.length = std::min(recipe.data.maxLength, std::max<int64_t>(shape.context, 1));
    if (shape.head == HeadKind::SequenceToSequence) facts.decoderLength = facts.length;
    if (shape.labels == 0) facts.targets = facts.sequences * facts.length;
    return facts;
}

MemoryBill estimateMemory(const MethodPlan& plan, const ModelShape& shape, const Recipe& recipe,
                          const RunFacts& facts) {
    const Counts counts = countNumbers(plan, shape, quantizationOf(recipe.train.quantization));
    const int64_t width = facts.half ? 2 : kFloatBytes;
    MemoryBill bill;
    // bf16 keeps float32 masters of what trains next to the working copy of the base, and its gradients
    // twice.
    bill.weights = (counts.base - counts.packedMatrices) * width + counts.packed +
                   (facts.half ? counts.trainedBase * kFloatBytes : 0);
    bill.adapter = counts.added * kFloatBytes;
    bill.gradients = counts.trained() * kFloatBytes + (facts.half ? counts.trainedBase * width : 0);
    bill.optimizer = counts.trained() * 2 * kFloatBytes;
    const BlockActivations blocks = blockActivations(plan, shape, facts);
    bill.activations = recipe.train.gradientCheckpointing
                           ? blocks.checkpointed + blocks.largestBlock + blocks.outside
                           : blocks.all + blocks.outside;
    bill.temporary = temporaryBytes(shape, counts, blocks, facts, bill.activations, width) +
                     heapBytes(blocks, recipe, facts);
    bill.process = facts.onGpu ? 0 : kLibraries + facts.tokenizerBytes + facts.rowBytes;
    return bill;
}

}  // namespace lathe
