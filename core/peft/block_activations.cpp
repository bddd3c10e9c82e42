// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/block_activations.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace lathe {
namespace {

constexpr int64_t kFloatBytes = 4;

/// One block, from the names and sizes of its parameters in forward order.
struct Block {
    struct Linear {
        int64_t in = 0, out = 0;
        bool keepsInput = false;  ///< it trains, or has an adapter that needs what it reads
    };
    std::vector<Linear> attention, feedForwardIn, feedForwardOut;
    int64_t norms = 0;      ///< over the hidden size
    int64_t headNorms = 0;  ///< over a head's size, of queries and keys
    int64_t ofMethods = 0;  ///< numbers a token that the methods keep
    int64_t maskBytes = 0;  ///< and bytes a token
    int64_t momentary = 0;  ///< numbers a token that a method needs for a moment
    int64_t weights = 0;    ///< numbers of a changed weight that is written out for a moment
    bool trains = false;
};

bool anyKeeps(const std::vector<Block::Linear>& linears) {
    return std::any_of(linears.begin(), linears.end(), [](const auto& one) { return one.keepsInput; });
}

std::string moduleOf(const std::string& parameter) {
    return parameter.substr(0, parameter.rfind('.'));
}

/// The attention layers of a block in forward order: one for queries, keys and values, or one each, then the
/// way out; T5's decoder has that twice.
struct AttentionParts {
    int64_t count = 0;  ///< of attentions
    bool keepsInput = false, keepsOutput = false;
};

AttentionParts attentionParts(const Block& block, const ModelShape& shape) {
    const bool fused = std::any_of(block.attention.begin(), block.attention.end(), [&](const auto& one) {
        return one.out == (shape.heads + 2 * shape.kvHeads) * shape.headDim;
    });
    const std::size_t period = fused ? 2 : 4;
    AttentionParts parts;
    for (std::size_t i = 0; i < block.attention.size(); ++i) {
        const bool isOut = i % period == period - 1;
        parts.count += isOut;
        (isOut ? parts.keepsOutput : parts.keepsInput) |= block.attention[i].keepsInput;
    }
    return parts;
}

class Counter {
  public:
    Counter(const MethodPlan& plan, const ModelShape& shape, const RunFacts& facts)
        : m_plan(plan), m_shape(shape), m_facts(facts), m_blocks(static_cast<std::size_t>(shape.blocks)) {
        readParameters();
        readChanges();
    }

    BlockActivations count() const {
        BlockActivations sum;
        const int64_t width = m_facts.half ? 2 : kFloatBytes;
        const auto first = firstBlock();
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            if (int64_t(i) < first) continue;
            const int64_t kept = keptBy(m_blocks[i], int64_t(i));
            sum.all += kept;
            sum.checkpointed += tokensOf(int64_t(i)) * m_shape.hidden * width;
            sum.largestBlock = std::max(sum.largestBlock, kept);
            sum.momentary = std::max(sum.momentary, momentaryIn(m_blocks[i], int64_t(i)));
            const int64_t freed = freedBy(m_blocks[i], int64_t(i));
            sum.freed += freed;
            sum.mostFreed = std::max(sum.mostFreed, freed);
            sum.weightBytes = std::max(sum.weightBytes, m_blocks[i].weights * kFloatBytes);
        }
        // The last norm's input, and what the embedding's norm and dropout keep where it trains.
        const int64_t tokens = tokensOf(m_shape.blocks - 1) * m_shape.hidden * width;
        sum.outside = tokens * (first < 0 ? (m_facts.hiddenDropout > 0 ? 3 : 2) : 1);
        return sum;
    }

  private:
    void readParameters() {
        const std::unordered_set<std::string> trained(m_plan.trainedBase.begin(), m_plan.trainedBase.end());
        std::map<std::string, const MethodPlan::Kept*> kept;
        for (const auto& one : m_plan.kept) kept.emplace(one.module, &one);
        for (const ParameterShape& parameter : m_shape.parameters) {
            const bool trains = trained.count(parameter.name) > 0;
            if (trains && parameter.isEmbedding) m_trainsFront = true;
            if (parameter.block < 0) continue;
            Block& block = m_blocks[static_cast<std::size_t>(parameter.block)];
            block.trains = block.trains || trains;
            m_blockOf[moduleOf(parameter.name)] = parameter.block;
            if (parameter.isNorm && parameter.name.ends_with(".weight"))
                ++(parameter.shape[0] == m_shape.hidden ? block.norms : block.headNorms);
            if (!parameter.isLinear) continue;
            const int64_t out = parameter.shape[parameter.isTransposed ? 1 : 0];
            const int64_t in = parameter.shape[parameter.isTransposed ? 0 : 1];
            const auto change = kept.find(moduleOf(parameter.name));
            const bool keeps = trains || (change != kept.end() && change->second->input);
            auto& group = in == m_shape.inner && in != m_shape.hidden        ? block.feedForwardOut
                          : out == m_shape.inner || out == 2 * m_shape.inner ? block.feedForwardIn
                                                                             : block.attention;
            group.push_back({in, out, keeps});
        }
        for (const JoinShape& join : m_shape.joins) m_blockOf[join.name] = join.block;
    }

    void readChanges() {
        if (m_plan.virtualTokens > 0) m_trainsFront = true;
        for (const auto& added : m_plan.added) {
            const auto block = m_blockOf.find(added.module);
            if (block == m_blockOf.end())
                m_trainsFront = m_trainsFront || added.trains;
            else
                m_blocks[static_cast<std::size_t>(block->second)].trains |= added.trains;
        }
        for (const auto& one : m_plan.kept) {
            const auto at = m_blockOf.find(one.module);
            if (at == m_blockOf.end()) continue;
            Block& block = m_blocks[static_cast<std::size_t>(at->second)];
            block.ofMethods += one.numbers;
            block.maskBytes += one.maskBytes;
            block.momentary = std::max(block.momentary, one.momentary);
            block.weights = std::max(block.weights, one.weights);
        }
    }

    /// The first block that the gradient reaches; -1 when it goes through to the embedding.
    int64_t firstBlock() const {
        if (m_trainsFront) return -1;
        const auto first =
            std::find_if(m_blocks.begin(), m_blocks.end(), [](const Block& block) { return block.trains; });
        return first - m_blocks.begin();
    }

    bool isDecoderOfTwo(int64_t block) const {
        return m_shape.encoderBlocks > 0 && block >= m_shape.encoderBlocks;
    }
    /// Vectors in front of the words count; those in front of keys only, of a prefix, do not.
    int64_t lengthOf(int64_t block) const {
        if (isDecoderOfTwo(block)) return m_facts.decoderLength;
        return m_facts.length + (m_plan.standsBeforeWords ? m_plan.virtualTokens : 0);
    }
    int64_t tokensOf(int64_t block) const { return m_facts.sequences * lengthOf(block); }
    int64_t keysOf(int64_t block) const {
        return lengthOf(block) + (m_plan.standsBeforeWords ? 0 : m_plan.virtualTokens);
    }
    /// One score for each head, query and key.
    int64_t scoresOf(int64_t block) const { return tokensOf(block) * keysOf(block) * m_shape.heads; }

    /// With dropout on the scores, and where heads share keys, the library has no fused operation on the CPU.
    bool writesScores() const { return m_facts.attentionDropout > 0 && !m_facts.onGpu; }

    int64_t keptBy(const Block& block, int64_t number) const {
        const int64_t width = m_facts.half ? 2 : kFloatBytes, tokens = tokensOf(number);
        const int64_t d = m_shape.hidden, heads = m_shape.heads * m_shape.headDim;
        const int64_t kv = (writesScores() ? m_shape.heads : m_shape.kvHeads) * m_shape.headDim;
        const AttentionParts attention = attentionParts(block, m_shape);
        const double keyShare = double(keysOf(number)) / double(std::max<int64_t>(1, lengthOf(number)));
        int64_t numbers = block.norms * d + block.ofMethods;
        if (block.headNorms > 0) numbers += heads + kv;
        // Of each attention: queries, keys and values as the products take them, and its output: for the
        // fused operation's own backward pass, or for the way out.
        numbers += attention.count * (heads + static_cast<int64_t>(double(2 * kv) * keyShare));
        if (!writesScores() || attention.keepsOutput) numbers += attention.count * heads;
        if (attention.keepsInput) numbers += d;
        // Dropout keeps a number for each it is applied to, behind attention and feed-forward.
        if (m_facts.hiddenDropout > 0) numbers += (attention.count + 1) * d;
        numbers += feedForward(block);
        int64_t bytes = tokens * (numbers * width + block.maskBytes);
        // The softmax, and of its dropout the mask and the result.
        if (writesScores()) bytes += 3 * attention.count * scoresOf(number) * width;
        return bytes;
    }

    int64_t feedForward(const Block& block) const {
        int64_t written = 0;
        for (const auto& linear : block.feedForwardIn) written += linear.out;
        int64_t numbers = written;  // the activation's input, or the gate and what it gates
        const bool gated = written > m_shape.inner;
        if (gated && !m_facts.gatesWithSilu) numbers += m_shape.inner;
        if (anyKeeps(block.feedForwardIn)) numbers += m_shape.hidden;
        if (anyKeeps(block.feedForwardOut)) numbers += m_shape.inner;
        return numbers;
    }

    /// The backward pass holds the gradients of what an operation wrote and of what it read at once.
    int64_t momentaryIn(const Block& block, int64_t number) const {
        const int64_t width = m_facts.half ? 2 : kFloatBytes, tokens = tokensOf(number);
        const int64_t inner = tokens * (2 * m_shape.inner + m_shape.hidden) * width;
        return std::max({inner, scoreBytes(number), tokens * block.momentary * width});
    }

    /// Queries, keys and values before they are rotated or laid out, attention's output before it joins the
    /// stream, the scores before the softmax, the feed-forward's inner values, and a method's own.
    int64_t freedBy(const Block& block, int64_t number) const {
        const int64_t width = m_facts.half ? 2 : kFloatBytes;
        const int64_t inner = anyKeeps(block.feedForwardOut) ? 0 : m_shape.inner;
        return tokensOf(number) * (4 * m_shape.hidden + inner + block.momentary) * width + scoreBytes(number);
    }

    int64_t scoreBytes(int64_t number) const {
        return writesScores() ? scoresOf(number) * (m_facts.half ? 2 : kFloatBytes) : 0;
    }

    const MethodPlan& m_plan;
    const ModelShape& m_shape;
    const RunFacts& m_facts;
    std::vector<Block> m_blocks;
    std::map<std::string, int> m_blockOf;
    bool m_trainsFront = false;  ///< something in front of the first block
};

}  // namespace

BlockActivations blockActivations(const MethodPlan& plan, const ModelShape& shape, const RunFacts& facts) {
    return Counter(plan, shape, facts).count();
}

}  // namespace lathe
