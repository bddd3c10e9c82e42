// SPDX-License-Identifier: GPL-3.0-or-later
// What all methods share that put something beside chosen linear layers: the choice of layers, of biases and
// of modules that train whole, and PEFT's folder. A method of this kind says what it adds to one layer.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/peft/method.h"
#include "core/peft/target_selection.h"

namespace lathe {

class LinearMethod : public AdapterMethod {
  public:
    const MethodEntry& entry() const override { return m_entry; }
    Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const override;
    Result<void> attach(const MethodSettings& settings, LanguageModel& model,
                        const AttachContext& context) const override;
    Json adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                       const std::string& basePath) const override;
    Result<MethodSettings> settingsFromAdapter(const Json& config) const override;
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

    /// The adapter of one embedding, on `device`, where the entry says that the method takes them;
    /// LATHE_CHECKs elsewhere.
    virtual std::shared_ptr<EmbeddingAdapter> makeForEmbedding(const Settings& settings,
                                                               const LinearModule& layer, at::Device device,
                                                               at::Generator generator) const;

    /// The layers when the recipe names none.
    virtual std::vector<std::string> defaultTargets(const ModelShape& shape) const {
        return shape.defaultTargets;
    }
    /// Numbers in the adapter's file beside the added parameters themselves.
    virtual int64_t storedBeside(const Settings&, const Layers&) const { return 0; }
    /// Faults of the settings that need the chosen layers.
    virtual Result<void> check(const Settings&, const Layers&) const { return {}; }

    /// The method's own keys of adapter_config.json, beside those that all share.
    virtual Json ownConfig(const Settings& settings, const ModelShape& shape) const = 0;
    virtual Result<void> readOwnConfig(const Json& config, Settings& settings,
                                       const std::string& place) const = 0;
    /// Keys that ask for more than this build has when they are set.
    virtual std::vector<std::string> unsupportedKeys() const { return {}; }

    /// Puts `value(adapter)` in place of each stored tensor `own` ("ia3_l") whose adapter is not taken just
    /// once: a method without an alpha says a weight with its values.
    static void storeWeighted(LanguageModel& model, const std::string& own,
                              const std::function<at::Tensor(const ProjectionAdapter&)>& value,
                              std::vector<StoredTensor>& tensors);

    /// The chosen layers, exclusions and whole modules taken off.
    Result<Layers> chosen(const Settings& settings, const ModelShape& shape) const;

    static Error unsupported(const std::string& what, const std::string& place);

    MethodEntry m_entry;
};

/// target_modules, and under Advanced exclude_modules, layers_to_transform, modules_to_save and bias.
std::vector<Field> linearFields(bool withBias = true);
/// `fields` in front of the shared ones.
std::vector<Field> withLinearFields(std::vector<Field> fields, bool withBias = true);

/// The settings "name: value" of a pattern as PEFT matches them: the first whose key is the end of the
/// layer's name (at a dot; a regular expression too). Nothing when none fits; RecipeInvalid when a value is
/// no number.
Result<std::optional<double>> patternValue(const Settings& settings, const std::string& key,
                                           const std::string& layer);

}  // namespace lathe
