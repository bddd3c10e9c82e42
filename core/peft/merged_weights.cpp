// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/merged_weights.h"

#include <cmath>

namespace lathe {
namespace {

constexpr const char* kHeadWeight = "lm_head.weight";
constexpr const char* kBesideBase = "export it as peft; it is used beside its base";

}  // namespace

bool partsFromHead(LanguageModel& model) {
    if (!model.shape().tiedHead) return false;
    for (const auto& [name, lookup] : model.lookups())
        if (const auto* table = dynamic_cast<const Embedding*>(lookup.get()))
            if (table->hasAdapter() && table->weight.is_same(model.wordEmbeddings())) return true;
    return false;
}

Result<void> checkMergeable(LanguageModel& model, const std::string& place) {
    for (AdapterPlace* at : model.places()) {
        if (!at->hasAdapter() || dynamic_cast<Projection*>(at) || dynamic_cast<Embedding*>(at)) continue;
        const char* reason =
            "a bottleneck adapter has a bend in it, so that no plain weights answer the same";
        if (at == &model)
            reason = "vectors in front of the texts are inputs, not weights: they cannot be merged";
        if (dynamic_cast<Lookup*>(at))
            reason =
                "the adapter changes what one stack reads from a table that both stacks and the head share";
        return Error{ErrorCode::Unsupported, reason, place, kBesideBase};
    }
    if (partsFromHead(model) && model.shape().head != HeadKind::LanguageModel)
        return Error{ErrorCode::Unsupported,
                     "the changed embedding is also the head of this base, which it must not change", place,
                     kBesideBase};
    return {};
}

MergedWeights::MergedWeights(LanguageModel& model)
    : m_parts(partsFromHead(model)), m_about(model.shape().parameters) {
    for (const auto& item : model.named_parameters()) m_parameters.emplace(item.key(), item.value());
    for (const auto& [name, projection] : model.projections())
        if (projection->hasAdapter() || projection->isPacked()) m_adapted.emplace(name, projection);
    for (const auto& [name, lookup] : model.lookups())
        if (lookup->hasAdapter())
            if (const auto table = std::dynamic_pointer_cast<Embedding>(lookup))
                m_tables.emplace(name + ".weight", table);
    if (!m_parts) return;
    const ModelShape& shape = model.shape();
    m_about.push_back({.name = kHeadWeight, .shape = {shape.vocabulary, shape.hidden}, .isHead = true});
    m_parameters.emplace(kHeadWeight, model.wordEmbeddings());
}

Json MergedWeights::config(Json base) const {
    if (m_parts) base["tie_word_embeddings"] = false;
    return base;
}

Result<at::Tensor> MergedWeights::of(const std::string& name) const {
    const at::NoGradGuard noGrad;
    const auto dot = name.rfind('.');
    const auto adapted = m_adapted.find(name.substr(0, dot));
    at::Tensor values = m_parameters.at(name);
    if (adapted != m_adapted.end() && name.ends_with(".weight") && values.is_same(adapted->second->weight))
        values = adapted->second->mergedWeight();
    else if (adapted != m_adapted.end() && adapted->second->bias.defined() &&
             values.is_same(adapted->second->bias))
        values = adapted->second->mergedBias();
    else if (const auto table = m_tables.find(name); table != m_tables.end())
        values = table->second->mergedWeight();
    const at::Tensor host = values.detach().to(at::kCPU, at::kFloat).contiguous();
    // The extremes are NaN or infinite when any value is; nothing of the tensor's size is made for it.
    if (host.numel() == 0) return host;
    const auto [least, most] = at::aminmax(host);
    if (std::isfinite(least.item<float>()) && std::isfinite(most.item<float>())) return host;
    return Error{ErrorCode::NonFinite, "the weight holds values that are not numbers", name,
                 "the training diverged; lower the learning rate"};
}

}  // namespace lathe
