// SPDX-License-Identifier: GPL-3.0-or-later
// A way to fine-tune: which parameters train and what is added to the model. One file a method, one line in
// the catalog.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/base/note.h"
#include "core/config/catalog.h"
#include "core/config/recipe.h"
#include "core/model/language_model.h"
#include "core/peft/step_aid.h"
#include "core/run/bill.h"

namespace lathe {

class AdapterMethod;
class Tokenizer;

/// What is added to or freed in the model, from shapes alone.
struct MethodPlan {
    std::vector<std::string> trainedBase;  ///< names of base parameters that train
    struct Added {
        std::string name;  ///< "model.layers.0.self_attn.q_proj.lora_A.weight"
        std::vector<int64_t> shape;
        std::string module;  ///< the place it belongs to: a layer, a join, the prompt
        bool trains = true;
    };
    std::vector<Added> added;
    int64_t virtualTokens = 0;       ///< of the model's context that a soft prompt takes
    bool standsBeforeWords = false;  ///< the soft prompt: in front of the words, else of keys and values
    /// What a changed place keeps for the backward pass besides what the base's operations keep there, and
    /// needs for a moment. Numbers are in the type that is computed with, per token.
    struct Kept {
        std::string module;
        bool input = false;  ///< what the layer reads
        int64_t numbers = 0;
        int64_t maskBytes = 0;  ///< of dropout
        int64_t momentary = 0;
        int64_t weights = 0;  ///< numbers of the layer's changed weight, written out for a moment
    };
    std::vector<Kept> kept;
    /// Numbers in the adapter's file; all that is added and trained when not set.
    std::optional<int64_t> storedNumbers;
};

/// Every setting of the method with its default.
MethodSettings defaultSettings(const MethodEntry& entry);
/// The settings as an adapter's config gave them; FileMalformed at `place` when one is out of its range.
Result<MethodSettings> checkedSettings(const MethodEntry& entry, MethodSettings settings,
                                       const std::string& place);
/// Adds a head made for the task to what trains.
void trainHead(const ModelShape& shape, MethodPlan& plan);

/// All numbers of what is added and of what trains of the base.
int64_t numbersOf(const MethodPlan& plan, const ModelShape& shape);

/// What a method may look at when it adds to a model.
struct AttachContext {
    uint64_t seed = 0;
    const Tokenizer* tokenizer = nullptr;  ///< for what starts from a text
};

class Method {
  public:
    virtual ~Method() = default;
    virtual const MethodEntry& entry() const = 0;

    /// What would train on this shape, without tensors. RecipeInvalid when a target is not there. A new
    /// classification head always trains (classifier and score; the pooler stays frozen, as in PEFT).
    virtual Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const = 0;

    /// Whether the method gives a base that shares its head with its embedding a head apart from it.
    virtual bool partsHead(const MethodSettings& /*settings*/, const ModelShape& /*shape*/) const {
        return false;
    }

    /// This method, where its result is an adapter folder; null where it is a whole model.
    virtual const AdapterMethod* asAdapter() const { return nullptr; }

    /// Adds what the plan adds, on the model's device. Which parameters train is set by attachMethods.
    virtual Result<void> attach(const MethodSettings& settings, LanguageModel& model,
                                const AttachContext& context) const;

    /// What the method does in every step beside attaching; null when that is nothing.
    virtual std::unique_ptr<StepAid> stepAid(const MethodSettings& settings, LanguageModel& model,
                                             int64_t totalSteps) const;
};

/// One tensor of an adapter file and the tensor of the model that it is.
struct StoredTensor {
    std::string name;  ///< as in the file, "base_model.model.…"
    at::Tensor tensor;
    bool optional = false;     ///< a file may leave it out
    bool leadsLonger = false;  ///< a file may hold twice the rows, of which these are the first
};

/// A method whose result is an adapter folder: it also speaks adapter_config.json.
class AdapterMethod : public Method {
  public:
    const AdapterMethod* asAdapter() const final { return this; }
    /// peft_type in adapter_config.json ("LORA").
    virtual std::string peftType() const = 0;
    /// Whether a folder with this config holds such an adapter.
    virtual bool reads(const OrderedJson& config) const;
    virtual OrderedJson adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                                      const std::string& basePath) const = 0;
    /// The settings of an adapter_config.json, for loading what PEFT made; Unsupported names the first key
    /// that this build does not know and that asks for something.
    virtual Result<MethodSettings> settingsFromAdapter(const OrderedJson& config) const = 0;
    /// What the settings name and the model does not have: nothing in a recipe, which plan() refuses then;
    /// harmless in what a file holds, as in PEFT.
    virtual std::vector<Note> notes(const MethodSettings& /*settings*/, const ModelShape& /*shape*/) const {
        return {};
    }
    /// What the folder holds of a model that the method is attached to.
    virtual std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const = 0;
};

/// A method of a recipe with its settings.
struct ChosenMethod {
    const Method* method = nullptr;
    MethodSettings settings;
};

/// Attaches all of them and sets requires_grad on what they train, and on nothing else.
Result<void> attachMethods(const std::vector<ChosenMethod>& methods, LanguageModel& model,
                           const AttachContext& context);

/// Names of the base's parameters that any of them trains.
Result<std::unordered_set<std::string>> trainedOfBase(const std::vector<ChosenMethod>& methods,
                                                      const ModelShape& shape);

/// Sets requires_grad on what the methods train, and on nothing else. They must be attached.
Result<void> setTrained(const std::vector<ChosenMethod>& methods, LanguageModel& model);

/// Whether the methods can work in one model: no two take the same places. RecipeInvalid otherwise.
Result<void> checkTogether(const std::vector<ChosenMethod>& methods, const ModelShape& shape);

struct RunFacts;
/// What the methods cost together, by closed formulas from shapes; memory as estimateMemory. RecipeInvalid
/// where they cannot work in one model.
Result<Bill> makeBill(const std::vector<ChosenMethod>& methods, const ModelShape& shape, const Recipe& recipe,
                      const RunFacts& facts);

}  // namespace lathe
