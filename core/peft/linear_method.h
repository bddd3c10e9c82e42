// SPDX-License-Identifier: GPL-3.0-or-later
// What all methods share that put something beside chosen linear layers: the choice of layers, of biases and
// of modules that train whole, and PEFT's folder. A method of this kind says what it adds to one layer.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/peft/layer_settings.h"
#include "core/peft/method.h"
#include "core/peft/peft_names.h"
#include "core/peft/target_selection.h"

namespace lathe {

/// The setting, and PEFT's key, by which a head and the table it shares stay one.
constexpr const char* kEnsureTying = "ensure_weight_tying";

class LinearMethod : public AdapterMethod {
  public:
    const MethodEntry& entry() const override { return m_entry; }
    Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const override;
    bool partsHead(const MethodSettings& settings, const ModelShape& shape) const override;
    Result<void> attach(const MethodSettings& settings, LanguageModel& model,
                        const AttachContext& context) const override;
    OrderedJson adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                              const std::string& basePath) const override;
    Result<MethodSettings> settingsFromAdapter(const OrderedJson& config) const override;
    std::vector<Note> notes(const MethodSettings& settings, const ModelShape& shape) const override;
    std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const override;

  protected:
    /// One parameter beside a layer: its name below the layer's.
    struct Own {
        std::string name;
        std::vector<int64_t> shape;
        bool trains = true;
    };
    using Layers = std::vector<LinearModule>;
    /// Makes the adapter of one layer, on its weight's device; asked in the order of the layers.
    using Maker = std::function<std::shared_ptr<ProjectionAdapter>(const LinearModule&, const Projection&)>;

    virtual Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const = 0;
    virtual Maker maker(const Settings& settings, const Layers& layers, at::Generator generator) const = 0;
    /// What the backward pass needs of one layer because of its adapter.
    virtual MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const = 0;

    /// The adapter of one embedding, on `device`, where the entry says that the method takes them;
    /// LATHE_CHECKs elsewhere.
    virtual std::shared_ptr<EmbeddingAdapter> makeForEmbedding(const Settings& settings,
                                                               const LinearModule& layer, at::Device device,
                                                               at::Generator generator) const;

    /// Whether the language head can be one of the layers.
    virtual bool takesHead() const { return true; }

    /// The layers when the recipe names none.
    virtual std::vector<std::string> defaultTargets(const ModelShape& shape) const {
        return shape.defaultTargets;
    }
    /// Numbers in the adapter's file beside the added parameters themselves.
    virtual int64_t storedBeside(const Settings&, const Layers&) const { return 0; }
    /// Faults of the settings that need the chosen layers.
    virtual Result<void> check(const Settings&, const Layers&) const { return {}; }

    /// The method's own keys of adapter_config.json, beside those that all share.
    virtual OrderedJson ownConfig(const Settings& settings, const ModelShape& shape) const = 0;
    virtual Result<void> readOwnConfig(const ConfigView& config, Settings& settings) const = 0;
    /// Keys besides the read ones that change nothing in what the folder computes.
    virtual KnownKeys knownKeys() const { return peftKeys({}); }

    /// Puts `value(adapter)` in place of each stored tensor `own` ("ia3_l") whose adapter is not taken just
    /// once: a method without an alpha says a weight with its values.
    static void storeWeighted(LanguageModel& model, const std::string& own,
                              const std::function<at::Tensor(const ProjectionAdapter&)>& value,
                              std::vector<StoredTensor>& tensors);

    /// The chosen layers, exclusions and whole modules taken off. RecipeInvalid when none is left, and for a
    /// recipe's name that fits nothing.
    Result<Layers> chosen(const Settings& settings, const ModelShape& shape) const;

    MethodEntry m_entry;
};

/// target_modules, and under Advanced exclude_modules, layers_to_transform, modules_to_save and bias.
std::vector<Field> linearFields(bool withBias = true);
/// `fields` in front of the shared ones.
std::vector<Field> withLinearFields(std::vector<Field> fields, bool withBias = true);

}  // namespace lathe
