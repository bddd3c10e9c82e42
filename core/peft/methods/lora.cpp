// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/lora.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/peft/peft_names.h"

namespace lathe {
namespace {

/// The starts that leave the base's weight as it was, so that the stored pair says everything. The others
/// (PiSSA, OLoRA, CorDA, LoRA-GA, LoftQ) subtract their start from the weight.
const std::set<std::string> kPlainStarts{"gaussian", "orthogonal", "eva", "mica"};

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

bool LoraMethod::reads(const OrderedJson& config) const {
    return AdapterMethod::reads(config) && config.value("use_dora", OrderedJson()) != true;
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

MethodPlan::Kept LoraMethod::keptOf(const Settings& settings, const LinearModule& layer) const {
    // loraLinear keeps what it reads for A, what A makes of it for B, and a byte of dropout for each input.
    const LoraSettings own = LoraSettings(settings).of(settings, layer.name).value();
    return {.module = layer.name,
            .input = true,
            .numbers = own.rank,
            .maskBytes = own.dropout > 0 ? layer.in : 0};
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

OrderedJson LoraMethod::ownConfig(const Settings& settings, const ModelShape&) const {
    const LoraSettings lora(settings);
    // A start from the base is part of the stored pair, which is then twice as wide and scaled the same.
    const int64_t wide = lora.startsFromBase() ? 2 : 1;
    const double factor = wide == 1 ? 1 : lora.rankStabilised ? std::sqrt(2.0) : 2.0;
    return {{"alpha_pattern", patternJson(settings, "alpha_pattern", factor)},
            {"init_lora_weights", lora.init == "gaussian" ? OrderedJson("gaussian") : OrderedJson(true)},
            {"lora_alpha", lora.alpha * factor},
            {"lora_dropout", lora.dropout},
            {"r", lora.rank * wide},
            {"rank_pattern", patternJson(settings, "rank_pattern", double(wide))},
            {"use_dora", false},
            {"use_rslora", lora.rankStabilised}};
}

Result<void> LoraMethod::readOwnConfig(const ConfigView& config, Settings& settings) const {
    const OrderedJson* init = config.find("init_lora_weights");
    const std::string start = init && init->is_string() ? init->get<std::string>() : "";
    if (!start.empty() && !kPlainStarts.count(start))
        return Error{ErrorCode::Unsupported,
                     "\"init_lora_weights\" is \"" + start + "\", which changes the base's own weights",
                     config.place(), kMergeElsewhere};
    LATHE_TRY(settings["rank"], config.sizeOr("r", 8, 4096));
    LATHE_TRY(settings["alpha"], config.numberOr("lora_alpha", 8, 0, 65536));
    LATHE_TRY(settings["dropout"], config.numberOr("lora_dropout", 0, 0, 0.99));
    LATHE_TRY(settings["use_rslora"], config.flagOr("use_rslora", false));
    LATHE_TRY([[maybe_unused]] const bool dora, config.flagOr("use_dora", false));
    LATHE_TRY(settings["rank_pattern"], readPattern(config, "rank_pattern"));
    LATHE_TRY(settings["alpha_pattern"], readPattern(config, "alpha_pattern"));
    settings["init"] = std::string(start == "gaussian" ? "gaussian" : "default");
    return {};
}

KnownKeys LoraMethod::knownKeys() const {
    // Of starts, which are done when there is a folder, and sizes of what is off by other keys.
    return peftKeys({"corda_config", "eva_config", "loftq_config", "lora_ga_config", "megatron_core",
                     "qalora_group_size"});
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
