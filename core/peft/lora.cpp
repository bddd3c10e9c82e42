// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/lora.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include "core/ops/lora_linear.h"
#include "core/peft/target_selection.h"

namespace lathe {
namespace {

/// A bare weight under the name PEFT gives it; float32 whatever the base's type.
struct LowRankFactor : torch::nn::Module {
    LowRankFactor(int64_t rows, int64_t columns, at::Device device)
        : weight(register_parameter(
              "weight", at::zeros({rows, columns}, at::TensorOptions(at::kFloat).device(device)))) {}
    at::Tensor weight;
};

class LoraAdapter : public ProjectionAdapter {
  public:
    LoraAdapter(const LinearModule& module, int64_t rank, double scaling, double dropout, at::Device device)
        : m_a(register_module("lora_A", std::make_shared<LowRankFactor>(rank, module.in, device))),
          m_b(register_module("lora_B", std::make_shared<LowRankFactor>(module.out, rank, device))),
          m_scaling(scaling),
          m_dropout(dropout) {}

    at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) override {
        return loraLinear(x, weight, bias, m_a->weight, m_b->weight, m_scaling,
                          m_a->is_training() ? m_dropout : 0);
    }
    at::Tensor mergedWeight(const at::Tensor& weight) const override {
        return weight.to(at::kFloat) + m_scaling * at::mm(m_b->weight, m_a->weight);
    }
    /// A as PEFT starts it: kaiming uniform with a = √5, that is U(-1/√in, 1/√in), or N(0, 1/rank²). B stays
    /// 0.
    void initialise(bool gaussian, const at::Generator& generator) {
        const torch::NoGradGuard guard;
        const double rank = static_cast<double>(m_a->weight.size(0)),
                     in = static_cast<double>(m_a->weight.size(1));
        at::Tensor values = at::empty(m_a->weight.sizes(), at::kFloat);
        if (gaussian)
            values.normal_(0, 1 / rank, generator);
        else
            values.uniform_(-1 / std::sqrt(in), 1 / std::sqrt(in), generator);
        m_a->weight.copy_(values);
    }
    void scale(double weight) { m_scaling *= weight; }

  private:
    std::shared_ptr<LowRankFactor> m_a, m_b;
    double m_scaling, m_dropout;
};

std::vector<Field> loraFields() {
    return {
        {"rank",
         FieldKind::Integer,
         int64_t(8),
         1.0,
         4096.0,
         {},
         "The inner size r of B·A: how much the change can express. Usual: 4 to 64.",
         false},
        {"alpha",
         FieldKind::Number,
         16.0,
         0.0,
         65536.0,
         {},
         "The change is scaled by alpha / rank. Usual: rank to twice the rank.",
         false},
        {"dropout",
         FieldKind::Number,
         0.0,
         0.0,
         0.99,
         {},
         "Share of the inputs of A left out while training. Usual: 0 to 0.1.",
         false},
        {"target_modules",
         FieldKind::NameList,
         std::vector<std::string>{},
         {},
         {},
         {},
         "The linear layers that get a pair: names, all-linear, or a regular expression; left out, the usual "
         "ones of the base.",
         false},
        {"use_rslora",
         FieldKind::Bool,
         false,
         {},
         {},
         {},
         "Scale by alpha / √rank instead, steadier at high ranks.",
         true},
        {"bias",
         FieldKind::Choice,
         std::string("none"),
         {},
         {},
         {"none", "all", "lora_only"},
         "Which biases of the base train too: none, all, or those of the chosen layers.",
         true},
        {"init",
         FieldKind::Choice,
         std::string("default"),
         {},
         {},
         {"default", "gaussian"},
         "How A starts: uniform as in PEFT, or normal with deviation 1 / rank. B starts at 0.",
         true},
    };
}

struct LoraSettings {
    int64_t rank;
    double alpha, dropout;
    std::vector<std::string> targets;
    bool rankStabilised;
    std::string bias, init;

    explicit LoraSettings(const Settings& values)
        : rank(integerSetting(values, "rank", 8)),
          alpha(numberSetting(values, "alpha", 16)),
          dropout(numberSetting(values, "dropout", 0)),
          targets(listSetting(values, "target_modules")),
          rankStabilised(boolSetting(values, "use_rslora", false)),
          bias(textSetting(values, "bias", "none")),
          init(textSetting(values, "init", "default")) {}

    double scaling() const {
        const double r = static_cast<double>(rank);
        return alpha / (rankStabilised ? std::sqrt(r) : r);
    }
};

/// Keys of adapter_config.json that ask for something this build does not do when they are set.
constexpr const char* kUnsupportedKeys[] = {"alora_invocation_tokens",
                                            "arrow_config",
                                            "kasa_config",
                                            "layer_replication",
                                            "megatron_config",
                                            "monteclora_config",
                                            "use_dora",
                                            "target_parameters",
                                            "use_bdlora",
                                            "use_qalora",
                                            "velora_config",
                                            "lora_bias",
                                            "layers_to_transform",
                                            "rank_pattern",
                                            "alpha_pattern",
                                            "exclude_modules",
                                            "trainable_token_indices"};

bool isSet(const Json& value) {
    return !(value.is_null() || value == false ||
             ((value.is_object() || value.is_array() || value.is_string()) && value.empty()));
}

/// PEFT's name for projections stored (in, out); the adapter itself is the same either way.
bool storesInOut(const ModelShape& shape) {
    return std::any_of(shape.parameters.begin(), shape.parameters.end(),
                       [](const ParameterShape& parameter) { return parameter.isTransposed; });
}

/// PEFT's name for the kind of model; null where it has none.
Json taskType(HeadKind head) {
    switch (head) {
        case HeadKind::LanguageModel: return "CAUSAL_LM";
        case HeadKind::SequenceToSequence: return "SEQ_2_SEQ_LM";
        case HeadKind::SequenceClassification: return "SEQ_CLS";
        case HeadKind::TokenClassification: return "TOKEN_CLS";
        case HeadKind::MaskedLanguageModel:
        case HeadKind::Body: break;
    }
    return nullptr;
}

/// The modules of a new head that are trained and saved whole: PEFT's own two names, and those
/// that the model has besides.
std::set<std::string> headModules(const ModelShape& shape) {
    std::set<std::string> names;
    if (shape.labels > 0) names = {"classifier", "score"};
    for (const ParameterShape& parameter : shape.parameters)
        if (parameter.isHead) names.insert(parameter.name.substr(0, parameter.name.find('.')));
    return names;
}

class LoraMethod : public AdapterMethod {
  public:
    LoraMethod() {
        m_entry.name = "lora";
        m_entry.title = "LoRA";
        m_entry.help =
            "A small pair of matrices B·A beside chosen layers trains; the base stays as it was and the "
            "result is a few hundred kilobytes.";
        m_entry.learningRate = 1e-3;
        m_entry.isAdapter = true;
        m_entry.formula = "W + (α/r)·B·A";
        m_entry.fields = loraFields();
    }

    const MethodEntry& entry() const override { return m_entry; }
    std::string peftType() const override { return "LORA"; }

    Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const override {
        const LoraSettings lora(settings.values);
        LATHE_TRY(const auto targets, selectTargets(lora.targets, shape));
        MethodPlan plan;
        for (const auto& module : targets) {
            plan.added.push_back({module.name + ".lora_A.weight", {lora.rank, module.in}, module.name});
            plan.added.push_back({module.name + ".lora_B.weight", {module.out, lora.rank}, module.name});
        }
        std::unordered_set<std::string> targetBiases;
        for (const auto& module : targets) targetBiases.insert(module.name + ".bias");
        const bool allBiases = lora.bias == "all", targetOnly = lora.bias == "lora_only";
        for (const auto& parameter : shape.parameters) {
            const bool bias = parameter.name.ends_with(".bias");
            const bool trains = (bias && (allBiases || (targetOnly && targetBiases.count(parameter.name)))) ||
                                (parameter.isHead && shape.trainsHead());
            if (trains) plan.trainedBase.push_back(parameter.name);
        }
        return plan;
    }

    Result<void> attach(const MethodSettings& settings, LanguageModel& model, uint64_t seed) const override {
        const LoraSettings lora(settings.values);
        LATHE_TRY(const auto planned, plan(settings, model.shape()));
        LATHE_TRY(const auto targets, selectTargets(lora.targets, model.shape()));
        freezeAllBut(model, planned.trainedBase);
        std::map<std::string, LinearModule> wanted;
        for (const auto& module : targets) wanted.emplace(module.name, module);
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
        for (auto& [name, projection] : model.projections()) {
            const auto it = wanted.find(name);
            if (it == wanted.end()) continue;
            if (projection->adapter())
                return Error{ErrorCode::Unsupported, "the layer has an adapter already", name,
                             "merge the first adapter before adding another"};
            auto adapter = std::make_shared<LoraAdapter>(it->second, lora.rank, lora.scaling(), lora.dropout,
                                                         projection->weight.device());
            adapter->initialise(lora.init == "gaussian", generator);
            adapter->train(projection->is_training());
            projection->attach(std::move(adapter));
        }
        return {};
    }

    Json adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                       const std::string& basePath) const override {
        const LoraSettings lora(settings.values);
        Json targets;
        if (isTargetExpression(lora.targets))
            targets = lora.targets[0];
        else if (lora.targets.empty())
            targets = shape.defaultTargets;
        else if (lora.targets[0] == kAllLinear)
            targets = linearNames(shape);
        else
            targets = lora.targets;
        return {{"alpha_pattern", Json::object()},
                {"auto_mapping", nullptr},
                {"base_model_name_or_path", basePath},
                {"bias", lora.bias},
                {"fan_in_fan_out", storesInOut(shape)},
                {"inference_mode", true},
                {"init_lora_weights", lora.init == "gaussian" ? Json("gaussian") : Json(true)},
                {"layers_pattern", nullptr},
                {"layers_to_transform", nullptr},
                {"lora_alpha", lora.alpha},
                {"lora_dropout", lora.dropout},
                {"modules_to_save", shape.trainsHead() ? Json(headModules(shape)) : Json()},
                {"peft_type", peftType()},
                {"r", lora.rank},
                {"rank_pattern", Json::object()},
                {"revision", nullptr},
                {"target_modules", targets},
                {"task_type", taskType(shape.head)},
                {"use_dora", false},
                {"use_rslora", lora.rankStabilised}};
    }

    Result<MethodSettings> settingsFromAdapter(const Json& config) const override {
        const std::string place = "adapter_config.json";
        for (const char* key : kUnsupportedKeys)
            if (const auto it = config.find(key); it != config.end() && isSet(*it))
                return unsupported(key, place);
        if (const auto it = config.find("init_lora_weights");
            it != config.end() && it->is_string() && *it != "gaussian")
            return unsupported("init_lora_weights: " + it->get<std::string>(), place);
        MethodSettings settings{m_entry.name, {}};
        for (const auto& field : m_entry.fields) settings.values[field.key] = field.fallback;
        LATHE_TRY(const int64_t rank, jsonInteger(config, "r", 8, place));
        LATHE_TRY(const double alpha, jsonNumber(config, "lora_alpha", 8, place));
        LATHE_TRY(const double dropout, jsonNumber(config, "lora_dropout", 0, place));
        LATHE_TRY(const bool stabilised, jsonBool(config, "use_rslora", false, place));
        LATHE_TRY(const auto bias, jsonString(config, "bias", "none", place));
        LATHE_TRY(auto targets, readTargets(config, place));
        settings.values["rank"] = rank;
        settings.values["alpha"] = alpha;
        settings.values["dropout"] = dropout;
        settings.values["use_rslora"] = stabilised;
        settings.values["bias"] = bias;
        settings.values["target_modules"] = std::move(targets);
        settings.values["init"] =
            std::string(config.value("init_lora_weights", Json()) == "gaussian" ? "gaussian" : "default");
        for (const auto& field : m_entry.fields)
            if (const auto fault = fieldFault(field, settings.values[field.key]))
                return Error{ErrorCode::FileMalformed, field.key + " " + *fault, place, ""};
        return settings;
    }

    std::string fileName(const std::string& parameter, const MethodPlan& plan) const override {
        if (!parameter.ends_with(".bias")) return parameter;
        const std::string module = parameter.substr(0, parameter.size() - 5);
        const bool targeted = std::any_of(plan.added.begin(), plan.added.end(),
                                          [&](const auto& a) { return a.module == module; });
        return targeted ? module + ".base_layer.bias" : parameter;
    }

    void scale(LanguageModel& model, double weight) const override {
        for (auto& [name, projection] : model.projections())
            if (auto* adapter = dynamic_cast<LoraAdapter*>(projection->adapter())) adapter->scale(weight);
    }

  private:
    static Error unsupported(const std::string& what, const std::string& place) {
        return {ErrorCode::Unsupported, "the adapter uses " + what + ", which this build does not have",
                place, "merge it into its base with the program that made it"};
    }

    static Result<std::vector<std::string>> readTargets(const Json& config, const std::string& place) {
        const auto it = config.find("target_modules");
        if (it == config.end() || it->is_null()) return std::vector<std::string>{};
        if (it->is_string()) return std::vector<std::string>{it->get<std::string>()};
        std::vector<std::string> targets;
        if (it->is_array())
            for (const auto& target : *it)
                if (target.is_string()) targets.push_back(target.get<std::string>());
        if (targets.empty() || targets.size() != it->size())
            return Error{ErrorCode::FileMalformed, "\"target_modules\" must be a text or a list of names",
                         place, ""};
        return targets;
    }

    MethodEntry m_entry;
};

}  // namespace

const AdapterMethod& loraMethod() {
    static const LoraMethod method;
    return method;
}

}  // namespace lathe
