// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <unordered_set>

#include "core/data/columns.h"
#include "core/peft/method.h"

namespace lathe {
namespace {

constexpr int64_t kFloatBytes = 4;
constexpr int64_t kTensorHeaderBytes = 120;  ///< a tensor's entry in a safetensors header, about

int64_t elements(const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const auto size : shape) count *= size;
    return count;
}

std::string moduleOf(const std::string& parameter) {
    return parameter.substr(0, parameter.rfind('.'));
}

/// Shares of the base's modules in forward order, with what trains and what is added beside each.
std::vector<LayerShare> shareLayers(const ModelShape& shape, const MethodPlan& plan) {
    const std::unordered_set<std::string> trained(plan.trainedBase.begin(), plan.trainedBase.end());
    std::vector<LayerShare> layers;
    std::map<std::string, std::size_t> index;
    if (plan.virtualTokens > 0) {  // in front of everything
        layers.emplace_back();
        layers.back().module = plan.added.front().module;
        index.emplace(layers.back().module, 0);
    }
    for (const auto& parameter : shape.parameters) {
        const std::string module = moduleOf(parameter.name);
        const auto [it, isNew] = index.emplace(module, layers.size());
        if (isNew) {
            layers.emplace_back();
            layers.back().module = module;
            layers.back().block = parameter.block;
        }
        LayerShare& layer = layers[it->second];
        const int64_t count = elements(parameter.shape);
        layer.parameters += count;
        if (trained.count(parameter.name)) layer.trained += count;
        if (parameter.isLinear) {
            layer.out = parameter.shape[0];
            layer.in = parameter.shape[1];
        }
    }
    for (const auto& added : plan.added) {
        const auto [it, isNew] = index.emplace(added.module, layers.size());
        if (isNew) {
            layers.emplace_back();
            layers.back().module = added.module;
            const auto join =
                std::find_if(shape.joins.begin(), shape.joins.end(),
                             [&](const JoinShape& known) { return known.name == added.module; });
            if (join != shape.joins.end()) layers.back().block = join->block;
        }
        LayerShare& layer = layers[it->second];
        (added.trains ? layer.added : layer.parameters) += elements(added.shape);
    }
    return layers;
}

/// What the backward pass keeps, counted over the operations of core/ops: each block keeps about eight
/// vectors of the hidden size (inputs of norms and projections, queries, keys, values, attention's output)
/// and three of the inner size; an encoder's attention with dropout keeps two score matrices a head. The
/// logits are held in chunks.
int64_t activationBytes(const ModelShape& shape, const Recipe& recipe, int64_t width) {
    const bool pairs = rowShapeOf(recipe.task) == RowShape::Preference;
    const int64_t rows = recipe.train.batchSize * (pairs ? 2 : 1);
    const int64_t length = std::min(recipe.data.maxLength, std::max<int64_t>(shape.context, 1));
    const int64_t tokens = rows * length;
    const int64_t perToken = 8 * shape.hidden + 3 * shape.inner;
    const bool keepsScores = shape.modelType == "bert";
    const int64_t block = tokens * perToken + (keepsScores ? 2 * rows * shape.heads * length * length : 0);
    const int64_t kept = recipe.train.gradientCheckpointing ? shape.blocks * tokens * shape.hidden + block
                                                            : shape.blocks * block;
    constexpr int64_t kLogitChunk = int64_t(64) << 20;
    const int64_t logits =
        shape.labels > 0 ? 0 : std::min(tokens * shape.vocabulary * kFloatBytes, kLogitChunk) * 2;
    return kept * width + logits;
}

/// By how much the packed matrices are smaller than plain ones of `width` bytes a number.
int64_t savedByPacking(const ModelShape& shape, const MethodPlan& plan, Quantization kind, int64_t width) {
    if (kind == Quantization::None) return 0;
    const std::unordered_set<std::string> trained(plan.trainedBase.begin(), plan.trainedBase.end());
    int64_t saved = 0;
    for (const auto& parameter : shape.parameters) {
        if (!parameter.isLinear || trained.count(parameter.name)) continue;
        const int64_t rows = parameter.shape[parameter.isTransposed ? 1 : 0];
        const int64_t columns = parameter.shape[parameter.isTransposed ? 0 : 1];
        saved += rows * columns * width - packedBytes(rows, columns, kind);
    }
    return saved;
}

/// All that the methods add and train, and the numbers and tensors in the files of all.
struct JoinedPlan {
    MethodPlan plan;
    int64_t storedNumbers = 0, storedTensors = 0;
};

Result<JoinedPlan> joinedPlan(const std::vector<ChosenMethod>& methods, const ModelShape& shape) {
    JoinedPlan joined;
    for (const auto& [method, settings] : methods) {
        LATHE_TRY(MethodPlan own, method->plan(settings, shape));
        joined.storedNumbers += own.storedNumbers.value_or(numbersOf(own, shape));
        joined.storedTensors += static_cast<int64_t>(own.added.size() + own.trainedBase.size());
        joined.plan.virtualTokens += own.virtualTokens;
        // A soft prompt stands in front of everything, whichever place in the list its method has.
        auto& added = joined.plan.added;
        added.insert(own.virtualTokens > 0 ? added.begin() : added.end(), own.added.begin(), own.added.end());
        joined.plan.trainedBase.insert(joined.plan.trainedBase.end(), own.trainedBase.begin(),
                                       own.trainedBase.end());
    }
    return joined;
}

}  // namespace

Result<Bill> makeBill(const std::vector<ChosenMethod>& methods, const ModelShape& shape,
                      const Recipe& recipe) {
    LATHE_TRY_VOID(checkTogether(methods, shape));
    LATHE_TRY(const auto joined, joinedPlan(methods, shape));
    const MethodPlan& plan = joined.plan;
    Bill bill;
    for (const auto& chosen : methods) {
        const MethodEntry& entry = chosen.method->entry();
        bill.method += (bill.method.empty() ? "" : "+") + entry.name;
        bill.title += (bill.title.empty() ? "" : " + ") + entry.title;
    }
    bill.blocks = static_cast<int>(shape.blocks);
    bill.layers = shareLayers(shape, plan);
    int64_t base = 0, trainedBase = 0, added = 0;
    for (const auto& layer : bill.layers) {
        base += layer.parameters;
        trainedBase += layer.trained;
        added += layer.added;
    }
    bill.trainable = trainedBase + added;
    bill.total = base + added;
    bill.percent = 100.0 * static_cast<double>(bill.trainable) / static_cast<double>(bill.total);
    bill.adapterBytes =
        methods.front().method->entry().isAdapter
            ? joined.storedNumbers * kFloatBytes + joined.storedTensors * kTensorHeaderBytes
            : base * kFloatBytes + static_cast<int64_t>(shape.parameters.size()) * kTensorHeaderBytes;
    // bf16 keeps float32 masters of what trains beside the working copy of the base.
    const bool half = recipe.train.precision == "bf16";
    const int64_t width = half ? 2 : kFloatBytes;
    bill.memory.weights = base * width + (half ? trainedBase * kFloatBytes : 0) -
                          savedByPacking(shape, plan, quantizationOf(recipe.train.quantization), width);
    bill.memory.adapter = added * kFloatBytes;
    bill.memory.gradients = bill.trainable * kFloatBytes;
    bill.memory.optimizer = bill.trainable * 2 * kFloatBytes;
    bill.memory.activations = activationBytes(shape, recipe, width);
    return bill;
}

}  // namespace lathe
