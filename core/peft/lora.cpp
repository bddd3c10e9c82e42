// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/lora.h"

#include <algorithm>
#include <cmath>

#include "core/peft/peft_names.h"

namespace lathe {
namespace {

/// A NameMap of PEFT's config, whose values are numbers there.
Result<std::map<std::string, std::string>> readPattern(const Json& config, const char* key,
                                                       const std::string& place) {
    std::map<std::string, std::string> pattern;
    const auto it = config.find(key);
    if (it == config.end() || it->is_null()) return pattern;
    if (it->is_object())
        for (const auto& [name, value] : it->items())
            if (value.is_number()) pattern[name] = dumpJson(value);
    if (!it->is_object() || pattern.size() != it->size())
        return Error{ErrorCode::FileMalformed, std::string("\"") + key + "\" must give numbers by name",
                     place, ""};
    return pattern;
}

/// Ranks as whole numbers again, doubled where an adapter is stored twice as wide.
Json patternJson(const Settings& settings, const char* key, double factor) {
    Json pattern = Json::object();
    const auto it = settings.find(key);
    if (it == settings.end()) return pattern;
    if (const auto* map = std::get_if<std::map<std::string, std::string>>(&it->second))
        for (const auto& [name, text] : *map) {
            const double value = std::strtod(text.c_str(), nullptr) * factor;
            pattern[name] = value == std::floor(value) ? Json(static_cast<int64_t>(value)) : Json(value);
        }
    return pattern;
}

}  // namespace

LoraMethod::LoraMethod() {
    m_entry.name = "lora";
    m_entry.title = "LoRA";
    m_entry.help =
        "A small pair of matrices B·A beside chosen layers trains; the base stays as it was and the "
        "result is a few hundred kilobytes.";
    m_entry.learningRate = 1e-3;
    m_entry.isAdapter = true;
    m_entry.takesEmbeddings = true;
    m_entry.formula = "W + (α/r)·B·A";
    m_entry.fields = withLinearFields(loraFields());
}

bool LoraMethod::reads(const Json& config) const {
    return AdapterMethod::reads(config) && config.value("use_dora", Json()) != true;
}

Result<std::vector<LinearMethod::Own>> LoraMethod::addedTo(const Settings& settings,
                                                           const LinearModule& layer) const {
    LATHE_TRY(const auto own, LoraSettings(settings).of(settings, layer.name));
    if (layer.isEmbedding)
        return std::vector<Own>{{"lora_embedding_A", {own.rank, layer.in}},
                                {"lora_embedding_B", {layer.out, own.rank}}};
    return std::vector<Own>{{"lora_A.weight", {own.rank, layer.in}},
                            {"lora_B.weight", {layer.out, own.rank}}};
}

LinearMethod::Maker LoraMethod::maker(const Settings& settings, const Layers&,
                                      at::Generator generator) const {
    return [settings, generator](const LinearModule& layer, const Projection& projection) {
        const LoraSettings own = LoraSettings(settings).of(settings, layer.name).value();
        auto adapter = std::make_shared<LoraAdapter>(layer, own, projection.weight.device());
        adapter->initialise(own.init, projection.base().matrix(at::kFloat), generator);
        return adapter;
    };
}

std::shared_ptr<EmbeddingAdapter> LoraMethod::makeForEmbedding(const Settings& settings,
                                                               const LinearModule& layer, at::Device device,
                                                               at::Generator generator) const {
    const LoraSettings own = LoraSettings(settings).of(settings, layer.name).value();
    return std::make_shared<LoraEmbedding>(layer, own, device, std::move(generator));
}

Result<void> LoraMethod::check(const Settings& settings, const Layers& layers) const {
    const LoraSettings lora(settings);
    const auto embedding =
        std::find_if(layers.begin(), layers.end(), [](const auto& l) { return l.isEmbedding; });
    if (!lora.startsFromBase() || embedding == layers.end()) return {};
    return Error{
        ErrorCode::RecipeInvalid,
        embedding->name + " is an embedding, whose pair cannot start from the base (" + lora.init + ")",
        "method.init", "write init: default, or leave the embedding out"};
}

int64_t LoraMethod::storedBeside(const Settings& settings, const Layers& layers) const {
    const LoraSettings lora(settings);
    if (!lora.startsFromBase()) return 0;
    int64_t count = 0;
    for (const auto& layer : layers)
        if (const auto own = lora.of(settings, layer.name); own.ok())
            count += own.value().rank * (layer.in + layer.out);
    return count;
}

Json LoraMethod::ownConfig(const Settings& settings, const ModelShape&) const {
    const LoraSettings lora(settings);
    // A start from the base is part of the stored pair, which is then twice as wide and scaled the same.
    const int64_t wide = lora.startsFromBase() ? 2 : 1;
    const double alpha = lora.alpha * (wide == 1 ? 1 : lora.rankStabilised ? std::sqrt(2.0) : 2.0);
    return {{"alpha_pattern", patternJson(settings, "alpha_pattern", alpha / lora.alpha)},
            {"init_lora_weights", lora.init == "gaussian" ? Json("gaussian") : Json(true)},
            {"lora_alpha", alpha},
            {"lora_dropout", lora.dropout},
            {"r", lora.rank * wide},
            {"rank_pattern", patternJson(settings, "rank_pattern", double(wide))},
            {"use_dora", false},
            {"use_rslora", lora.rankStabilised}};
}

Result<void> LoraMethod::readOwnConfig(const Json& config, Settings& settings,
                                       const std::string& place) const {
    const auto init = config.value("init_lora_weights", Json());
    if (init.is_string() && init != "gaussian" && init != "orthogonal")
        return unsupported("init_lora_weights: " + init.get<std::string>(), place);
    LATHE_TRY(settings["rank"], jsonInteger(config, "r", 8, place));
    LATHE_TRY(settings["alpha"], jsonNumber(config, "lora_alpha", 8, place));
    LATHE_TRY(settings["dropout"], jsonNumber(config, "lora_dropout", 0, place));
    LATHE_TRY(settings["use_rslora"], jsonBool(config, "use_rslora", false, place));
    LATHE_TRY(settings["rank_pattern"], readPattern(config, "rank_pattern", place));
    LATHE_TRY(settings["alpha_pattern"], readPattern(config, "alpha_pattern", place));
    settings["init"] = std::string(init == "gaussian" ? "gaussian" : "default");
    return {};
}

std::vector<std::string> LoraMethod::unsupportedKeys() const {
    return {"alora_invocation_tokens", "arrow_config",    "kasa_config",
            "layer_replication",       "megatron_config", "monteclora_config",
            "target_parameters",       "use_bdlora",      "use_qalora",
            "velora_config",           "lora_bias",       "trainable_token_indices"};
}

std::vector<StoredTensor> LoraMethod::stored(const MethodSettings& settings, LanguageModel& model) const {
    std::vector<StoredTensor> tensors = LinearMethod::stored(settings, model);
    if (!LoraSettings(settings.values).startsFromBase()) return tensors;
    std::map<std::string, at::Tensor> wide;
    for (const auto& [name, projection] : model.projections())
        if (const auto* adapter = dynamic_cast<LoraAdapter*>(projection->adapter())) {
            const auto [a, b] = adapter->plainPair();
            wide[kPeftPrefix + name + ".lora_A.weight"] = a;
            wide[kPeftPrefix + name + ".lora_B.weight"] = b;
        }
    for (StoredTensor& tensor : tensors)
        if (const auto it = wide.find(tensor.name); it != wide.end()) tensor.tensor = it->second;
    return tensors;
}

const AdapterMethod& loraMethod() {
    static const LoraMethod method;
    return method;
}

}  // namespace lathe
