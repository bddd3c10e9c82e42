// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/dora.h"

#include "core/peft/methods/lora.h"
#include "core/peft/peft_names.h"

namespace lathe {
namespace {

class DoraAdapter : public LoraAdapter {
  public:
    DoraAdapter(const LinearModule& layer, const LoraSettings& settings, at::Device device)
        : LoraAdapter(layer, settings, device) {
        m_magnitude =
            register_parameter("lora_magnitude_vector",
                               at::ones({layer.out}, at::TensorOptions().dtype(at::kFloat).device(device)));
    }

    /// The magnitudes as they are in `weight` (out, in), so that nothing is changed at the start.
    void takeMagnitudes(const at::Tensor& weight) {
        const torch::NoGradGuard guard;
        m_magnitude.copy_(at::linalg_vector_norm(weight.to(at::kFloat) + change(), 2, {1}));
    }

    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override {
        const auto type = x.scalar_type();
        const at::Tensor gain = gainOf(weight.matrix(at::kFloat));
        const at::Tensor dropped = dropout() > 0 ? at::dropout(x, dropout(), true) : x;
        const at::Tensor plain = weight.linear(x);
        // What is read through dropout is scaled, what was there without it is kept.
        const at::Tensor kept = dropout() > 0 ? weight.linear(dropped) : plain;
        const at::Tensor low = at::linear(at::linear(dropped, a().to(type)), b().to(type));
        // A gain near 1 must lose its 1 before it is rounded: bfloat16 has steps of 0.8 % there.
        // So must the small changes be added up before they meet the large output.
        const at::Tensor y = plain + ((gain - 1).to(type) * kept + (gain * scaling()).to(type) * low);
        return bias.defined() ? y + bias : y;
    }

    at::Tensor mergedWeight(const at::Tensor& weight) const override {
        return gainOf(weight).unsqueeze(1) * (weight.to(at::kFloat) + change());
    }

    /// The rows' lengths change with the base's own weight.
    at::Tensor branch(const at::Tensor& /*x*/) const override { return {}; }
    std::optional<ThinProduct> product(const at::Tensor& /*x*/) const override { return {}; }
    Result<void> setWeight(double weight) override {
        if (weight == 1) return {};
        return Error{ErrorCode::Unsupported, "a DoRA adapter cannot be taken in part", "adapter weight",
                     "use weight 1, or merge it into the base first"};
    }

  private:
    /// Magnitude over length of each row; the length is a constant to the gradient.
    at::Tensor gainOf(const at::Tensor& weight) const {
        at::Tensor length;
        {
            const torch::NoGradGuard guard;
            length = at::linalg_vector_norm(weight.to(at::kFloat) + change(), 2, {1});
        }
        return m_magnitude / length;
    }

    at::Tensor m_magnitude;
};

class DoraMethod : public LoraMethod {
  public:
    DoraMethod() {
        m_entry.name = "dora";
        m_entry.title = "DoRA";
        m_entry.help =
            "LoRA for the direction of each row of a weight and one trained number for its length: closer to "
            "full training at the same rank, a little slower.";
        m_entry.takesEmbeddings = false;
        m_entry.formula = "m·(W + BA) / ‖W + BA‖";
        // A start from the base would need its own magnitudes in PEFT's folder.
        for (Field& field : m_entry.fields)
            if (field.key == "init") field.choices = {"default", "gaussian"};
    }
    bool reads(const OrderedJson& config) const override {
        return AdapterMethod::reads(config) && config.value("use_dora", OrderedJson()) == true;
    }

  protected:
    bool takesHead() const override { return false; }
    Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const override {
        LATHE_TRY(auto own, LoraMethod::addedTo(settings, layer));
        own.push_back({"lora_magnitude_vector", {layer.out}});
        return own;
    }
    MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const override {
        const LoraSettings own = LoraSettings(settings).of(settings, layer.name).value();
        // Both products are kept for the gain, and with dropout its mask and what it leaves.
        return {.module = layer.name,
                .input = own.dropout == 0,
                .numbers = own.rank + 2 * layer.out + (own.dropout > 0 ? 2 * layer.in : 0),
                .momentary = 4 * layer.out,
                .weights = 3 * layer.in * layer.out};
    }
    Maker maker(const Settings& settings, const Layers&, at::Generator generator) const override {
        return [settings, generator](const LinearModule& layer, const Projection& projection) {
            const LoraSettings own = LoraSettings(settings).of(settings, layer.name).value();
            const at::Tensor weight = projection.base().matrix(at::kFloat);
            auto adapter = std::make_shared<DoraAdapter>(layer, own, weight.device());
            adapter->initialise(own.init, weight, generator);
            adapter->takeMagnitudes(weight);
            return adapter;
        };
    }
    OrderedJson ownConfig(const Settings& settings, const ModelShape& shape) const override {
        OrderedJson config = LoraMethod::ownConfig(settings, shape);
        config["use_dora"] = true;
        return config;
    }
};

}  // namespace

const AdapterMethod& doraMethod() {
    static const DoraMethod method;
    return method;
}

}  // namespace lathe
