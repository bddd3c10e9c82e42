// SPDX-License-Identifier: GPL-3.0-or-later
// A way to fine-tune: which parameters train and what is added to the model. One file a method, one line in
// the catalog.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/config/catalog.h"
#include "core/config/recipe.h"
#include "core/model/language_model.h"
#include "core/run/bill.h"

namespace lathe {

/// What is added to or freed in one base parameter or module, from shapes alone.
struct MethodPlan {
    std::vector<std::string> trainedBase;  ///< names of base parameters that train
    struct Added {
        std::string name;  ///< "model.layers.0.self_attn.q_proj.lora_A.weight"
        std::vector<int64_t> shape;
        std::string module;  ///< the projection it belongs to
    };
    std::vector<Added> added;
};

class Method {
  public:
    virtual ~Method() = default;
    virtual const MethodEntry& entry() const = 0;

    /// What would train on this shape, without tensors. RecipeInvalid when a target is not there. A new
    /// classification head always trains (classifier and score; the pooler stays frozen, as in PEFT).
    virtual Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const = 0;

    /// Sets requires_grad on what the plan trains and on nothing else. A method that adds to the model does so
    /// here too, initialised from `seed`.
    virtual Result<void> attach(const MethodSettings& settings, LanguageModel& model, uint64_t seed) const;
};

/// A method whose result is a PEFT adapter folder: it also speaks adapter_config.json.
class AdapterMethod : public Method {
  public:
    /// peft_type in adapter_config.json ("LORA").
    virtual std::string peftType() const = 0;
    virtual Json adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                               const std::string& basePath) const = 0;
    /// The settings of an adapter_config.json, for loading what PEFT made; Unsupported names the key that
    /// asks for more than this build has.
    virtual Result<MethodSettings> settingsFromAdapter(const Json& config) const = 0;
    /// The name a parameter has in adapter_model.safetensors, without the leading "base_model.model.".
    virtual std::string fileName(const std::string& parameter, const MethodPlan& plan) const = 0;
    /// The adapter's part is taken `weight` times (1 = as trained).
    virtual void scale(LanguageModel& model, double weight) const = 0;
};

/// Sets requires_grad on the model's parameters of these names and on no others.
void freezeAllBut(LanguageModel& model, const std::vector<std::string>& trained);

/// Counts and memory by closed formulas from shapes; `recipe` gives batch size, length, precision.
Result<Bill> makeBill(const Method& method, const MethodSettings& settings, const ModelShape& shape,
                      const Recipe& recipe);

}  // namespace lathe
