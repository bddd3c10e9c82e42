// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/ia3.h"

#include <algorithm>

#include "core/peft/linear_method.h"
#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace {

constexpr const char* kNoFeedForward = "none";  ///< in the setting: every output is scaled, no input

class Ia3Adapter : public ProjectionAdapter {
  public:
    /// `onInput`: the factors are the inputs' (of a feed-forward layer), else the outputs'.
    Ia3Adapter(const LinearModule& layer, bool onInput, at::Device device) : m_onInput(onInput) {
        const std::vector<int64_t> shape =
            onInput ? std::vector<int64_t>{1, layer.in} : std::vector<int64_t>{layer.out, 1};
        m_factors = register_parameter("ia3_l",
                                       at::ones(shape, at::TensorOptions().dtype(at::kFloat).device(device)));
    }

    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override {
        return m_onInput ? weight.linear(scaled(x), bias) : scaled(weight.linear(x, bias));
    }
    at::Tensor mergedWeight(const at::Tensor& weight) const override {
        return weight.to(at::kFloat) * weightedFactors();
    }
    at::Tensor mergedBias(const at::Tensor& bias) const override {
        return m_onInput ? bias : bias.to(at::kFloat) * weightedFactors().view({-1});
    }
    /// The parameter itself at weight 1.
    at::Tensor weightedFactors() const { return weight() == 1 ? m_factors : (m_factors - 1) * weight() + 1; }

  private:
    /// x + x · (factors - 1): factors near 1 lose their 1 before they are rounded, since bfloat16 has steps
    /// of 0.8 % there.
    at::Tensor scaled(const at::Tensor& x) const {
        if (!at::isReducedFloatingType(x.scalar_type())) return x * weightedFactors().view({-1});
        return at::addcmul(x, x, (weightedFactors() - 1).to(x.scalar_type()).view({-1}));
    }

    bool m_onInput;
    at::Tensor m_factors;
};

struct Targets {
    std::vector<std::string> layers, feedForward;
};

/// PEFT's own choice by kind of model (methods.md, "Target selection"); for the others keys, values and the
/// last feed-forward layer.
Targets usualTargets(const std::string& modelType) {
    static const std::map<std::string, Targets> known{
        {"gpt2", {{"c_attn", "mlp.c_proj"}, {"mlp.c_proj"}}},
        {"llama", {{"k_proj", "v_proj", "down_proj"}, {"down_proj"}}},
        {"mistral", {{"k_proj", "v_proj", "down_proj"}, {"down_proj"}}},
        {"phi3", {{"qkv_proj", "down_proj"}, {"down_proj"}}},
        {"bert", {{"key", "value", "output.dense"}, {"output.dense"}}},
        {"roberta", {{"key", "value", "output.dense"}, {"output.dense"}}},
        {"distilbert", {{"k_lin", "v_lin", "ffn.lin2"}, {"ffn.lin2"}}},
        {"modernbert", {{"Wqkv", "mlp.Wo"}, {"mlp.Wo"}}},
        {"t5", {{"k", "v", "wo"}, {"wo"}}},
    };
    const auto it = known.find(modelType);
    return it != known.end() ? it->second : Targets{{"q_proj", "v_proj", "down_proj"}, {"down_proj"}};
}

class Ia3Method : public LinearMethod {
  public:
    Ia3Method() {
        m_entry.name = "ia3";
        m_entry.title = "(IA)³";
        m_entry.help =
            "One factor for each key, value and inner feed-forward value trains: a few thousand numbers. "
            "Good for "
            "many small tasks; wants a high learning rate.";
        m_entry.learningRate = 1e-2;
        m_entry.isAdapter = true;
        m_entry.formula = "l ⊙ (W·x)";
        m_entry.fields = linearFields(false);
        m_entry.fields.insert(
            m_entry.fields.begin() + 1,
            {"feedforward_modules",
             FieldKind::NameList,
             std::vector<std::string>{},
             {},
             {},
             {},
             "Those of the layers whose inputs are scaled instead of their outputs; left out, "
             "the usual ones of the base.",
             true});
        std::erase_if(m_entry.fields, [](const Field& field) { return field.key == "layers_to_transform"; });
        m_entry.fields.front().help =
            "The linear layers that are scaled: names, all-linear, or a regular expression; left out, keys, "
            "values and "
            "the last feed-forward layer.";
    }
    std::string peftType() const override { return "IA3"; }
    std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const override {
        std::vector<StoredTensor> tensors = LinearMethod::stored(settings, model);
        storeWeighted(
            model, "ia3_l",
            [](const ProjectionAdapter& adapter) {
                const auto* own = dynamic_cast<const Ia3Adapter*>(&adapter);
                return own ? own->weightedFactors() : at::Tensor();
            },
            tensors);
        return tensors;
    }

  protected:
    bool takesHead() const override { return false; }
    std::vector<std::string> defaultTargets(const ModelShape& shape) const override {
        return usualTargets(shape.modelType).layers;
    }
    Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const override {
        LATHE_TRY(const bool inputs, onInput(settings, layer));
        if (inputs) return std::vector<Own>{{"ia3_l", {1, layer.in}}};
        return std::vector<Own>{{"ia3_l", {layer.out, 1}}};
    }
    MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const override {
        // What is scaled is kept for the factors.
        if (onInput(settings, layer)) return {.module = layer.name, .input = true, .momentary = layer.in};
        return {.module = layer.name, .numbers = layer.out};
    }
    Maker maker(const Settings& settings, const Layers&, at::Generator) const override {
        return [settings](const LinearModule& layer, const Projection& projection) {
            return std::make_shared<Ia3Adapter>(layer, onInput(settings, layer).value(),
                                                projection.weight.device());
        };
    }
    OrderedJson ownConfig(const Settings& settings, const ModelShape& shape) const override {
        auto feedForward = listSetting(settings, "feedforward_modules");
        if (feedForward.empty()) {
            // Of the usual ones only those that are changed at all: PEFT wants a subset.
            const auto targets = listSetting(settings, "target_modules");
            for (const auto& name : usualTargets(shape.modelType).feedForward)
                if (targets.empty() || targets[0] == kAllLinear ||
                    std::find(targets.begin(), targets.end(), name) != targets.end())
                    feedForward.push_back(name);
        }
        std::erase(feedForward, kNoFeedForward);
        return {{"feedforward_modules",
                 isTargetExpression(feedForward) ? OrderedJson(feedForward[0]) : OrderedJson(feedForward)},
                {"init_ia3_weights", true}};
    }
    Result<void> readOwnConfig(const ConfigView& config, Settings& settings) const override {
        LATHE_TRY(auto names, readTargets(config, "feedforward_modules"));
        // A folder that names none scales every output.
        if (names.empty()) names.push_back(kNoFeedForward);
        settings["feedforward_modules"] = std::move(names);
        return {};
    }
    KnownKeys knownKeys() const override { return peftKeys({"init_ia3_weights"}); }

    Result<void> check(const Settings& settings, const Layers& layers) const override {
        const auto names = listSetting(settings, "feedforward_modules");
        if (boolSetting(settings, kFromFile, false)) return {};
        for (const std::string& name : names) {
            if (name == kNoFeedForward) continue;
            Settings one = settings;
            one["feedforward_modules"] = std::vector<std::string>{name};
            bool isAny = false;
            for (const LinearModule& layer : layers) {
                LATHE_TRY(const bool inputs, onInput(one, layer));
                isAny = isAny || inputs;
            }
            if (!isAny)
                return Error{ErrorCode::RecipeInvalid, "\"" + name + "\" is none of the chosen layers",
                             "method.feedforward_modules", "name layers that target_modules has, too"};
        }
        return {};
    }

  private:
    static Result<bool> onInput(const Settings& settings, const LinearModule& layer) {
        auto names = listSetting(settings, "feedforward_modules");
        if (names.empty()) names = usualFeedForward();
        if (isTargetExpression(names)) {
            const std::string place = "method.feedforward_modules";
            LATHE_TRY(const auto pattern, tok::Pattern::regex("\\A(?:" + names[0] + ")\\z", place));
            return tok::isFound(pattern, layer.name, place);
        }
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            return layer.name.ends_with(name);  // not only at a dot, as PEFT has it
        });
    }
    /// The last feed-forward layers of all families, which share no name with another kind of layer.
    static std::vector<std::string> usualFeedForward() {
        return {"down_proj", "mlp.c_proj", "output.dense", "ffn.lin2", "mlp.Wo", "wo"};
    }
};

}  // namespace

const AdapterMethod& ia3Method() {
    static const Ia3Method method;
    return method;
}

}  // namespace lathe
