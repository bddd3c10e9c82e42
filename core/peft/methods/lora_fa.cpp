// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/lora_fa.h"

#include <ATen/ops/linalg_pinv.h>

#include "core/peft/methods/lora.h"

namespace lathe {
namespace {

/// g_B ← g_B · (A·Aᵀ + 1e-8)⁺ / s²: the step of B that moves the weight as full training would, as PEFT's
/// optimiser for LoRA-FA has it. A never moves, so its inverse is made once.
class ProjectedGradients : public StepAid {
  public:
    explicit ProjectedGradients(LanguageModel& model) {
        const torch::NoGradGuard guard;
        for (const auto& [name, projection] : model.projections()) {
            const auto* adapter = dynamic_cast<LoraAdapter*>(projection->adapter());
            if (!adapter) continue;
            const at::Tensor& a = adapter->a();
            const at::Tensor square = at::mm(a, a.t()) + 1e-8 * at::eye(a.size(0), a.options());
            m_pairs.push_back(
                {adapter->b(), at::linalg_pinv(square) / (adapter->scaling() * adapter->scaling())});
        }
    }
    void beforeUpdate() override {
        const torch::NoGradGuard guard;
        for (const auto& [b, inverse] : m_pairs)
            if (b.grad().defined()) b.grad().copy_(at::mm(b.grad(), inverse));
    }

  private:
    std::vector<std::pair<at::Tensor, at::Tensor>> m_pairs;
};

class LoraFaMethod : public LoraMethod {
  public:
    LoraFaMethod() {
        m_entry.name = "lora_fa";
        m_entry.title = "LoRA-FA";
        m_entry.help =
            "LoRA whose A stays as it started: half the trained values and less memory, since the inputs of "
            "the "
            "layers need not be kept.";
        m_entry.learningRate = 5e-3;
        m_entry.takesEmbeddings = false;
        m_entry.formula = "W + (α/r)·B·A₀";
        for (Field& field : m_entry.fields)
            if (field.key == "init") field.choices = {"default", "gaussian"};
        m_entry.fields.insert(m_entry.fields.begin() + 3,
                              {"gradient",
                               FieldKind::Choice,
                               std::string("plain"),
                               {},
                               {},
                               {"plain", "projected"},
                               "Plain: B's own gradient, as in the paper. Projected: the gradient that moves "
                               "the weight as full "
                               "training would, as in PEFT; wants a smaller learning rate.",
                               true});
    }
    /// The folder is a plain LoRA's and is read as one.
    bool reads(const OrderedJson&) const override { return false; }

    std::unique_ptr<StepAid> stepAid(const MethodSettings& settings, LanguageModel& model,
                                     int64_t) const override {
        if (textSetting(settings.values, "gradient", "plain") == "plain") return nullptr;
        return std::make_unique<ProjectedGradients>(model);
    }

  protected:
    MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const override {
        MethodPlan::Kept kept = LoraMethod::keptOf(settings, layer);
        kept.input = false;  // A does not train
        return kept;
    }
    Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const override {
        LATHE_TRY(auto own, LoraMethod::addedTo(settings, layer));
        own.front().trains = false;
        return own;
    }
};

}  // namespace

const AdapterMethod& loraFaMethod() {
    static const LoraFaMethod method;
    return method;
}

}  // namespace lathe
