// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <unordered_set>

#include "core/peft/memory_estimate.h"

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
        joined.plan.standsBeforeWords = joined.plan.standsBeforeWords || own.standsBeforeWords;
        joined.plan.kept.insert(joined.plan.kept.end(), own.kept.begin(), own.kept.end());
        // A soft prompt stands in front of everything, whichever place in the list its method has.
        auto& added = joined.plan.added;
        added.insert(own.virtualTokens > 0 ? added.begin() : added.end(), own.added.begin(), own.added.end());
        joined.plan.trainedBase.insert(joined.plan.trainedBase.end(), own.trainedBase.begin(),
                                       own.trainedBase.end());
    }
    return joined;
}

}  // namespace

Result<Bill> makeBill(const std::vector<ChosenMethod>& methods, const ModelShape& shape, const Recipe& recipe,
                      const RunFacts& facts) {
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
    bill.memory = estimateMemory(plan, shape, recipe, facts);
    return bill;
}

}  // namespace lathe
