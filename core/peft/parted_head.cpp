// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/parted_head.h"

#include <algorithm>

namespace lathe {
namespace {

const std::string kHeadWeight = std::string(kLanguageHead) + ".weight";

class PartedWeights : public WeightSource {
  public:
    PartedWeights(std::unique_ptr<WeightSource> weights, const TensorInfo& table)
        : m_weights(std::move(weights)), m_tensors(m_weights->tensors()), m_table(table), m_head(table) {
        m_head.name = kHeadWeight;
        m_tensors.push_back(m_head);
    }
    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        return name == kHeadWeight ? &m_head : m_weights->find(name);
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        return m_weights->readFloat(info.name == kHeadWeight ? m_table : info, out);
    }

  private:
    std::unique_ptr<WeightSource> m_weights;
    std::vector<TensorInfo> m_tensors;
    TensorInfo m_table, m_head;
};

}  // namespace

bool partsHead(const std::vector<ChosenMethod>& methods, const ModelShape& shape) {
    return std::any_of(methods.begin(), methods.end(), [&](const ChosenMethod& chosen) {
        return chosen.method->partsHead(chosen.settings, shape);
    });
}

Json partedConfig(Json config) {
    config["tie_word_embeddings"] = false;
    return config;
}

std::unique_ptr<WeightSource> partedWeights(std::unique_ptr<WeightSource> weights, const ModelShape& shape) {
    if (weights->find(kHeadWeight)) return weights;
    // The word embeddings are a decoder's first parameter; a file may leave the body's prefix out.
    const std::string& name = shape.parameters.front().name;
    const TensorInfo* table = weights->find(name);
    if (!table) table = weights->find(name.substr(name.find('.') + 1));
    if (!table) return weights;  // checkWeights names it
    const TensorInfo copy = *table;
    return std::make_unique<PartedWeights>(std::move(weights), copy);
}

}  // namespace lathe
