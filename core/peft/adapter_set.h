// SPDX-License-Identifier: GPL-3.0-or-later
// Many adapters in memory for one model: one of them, a weighted sum or none is on at a time, and rows of one
// batch may have different ones (methods.md, "Several adapters"). The base is never copied: an adapter holds
// what it adds, and tensors of its own for what it replaces (a head, biases, modules that train whole), which
// take the places of the base's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/formats/hf/adapter_folder.h"
#include "core/peft/method.h"

namespace lathe {

/// An adapter by its name, and how often its change is taken.
struct AdapterShare {
    std::string name;
    double weight = 1;
};

class AdapterSet {
  public:
    /// `model` must have no adapter; from now on only the set attaches to it.
    explicit AdapterSet(std::shared_ptr<LanguageModel> model);

    struct Source {
        const AdapterMethod* method = nullptr;
        const AdapterFolder* folder = nullptr;
    };
    /// Reads what makes up one adapter (several folders where a run combined methods) and holds it under
    /// `name`; what is on stays on. `shape` is the model's with as many labels as the adapter has. Errors as
    /// loadAdapter; BadArgument when there is such a name already.
    Result<void> load(const std::string& name, const std::vector<Source>& sources, const ModelShape& shape);
    /// The same with new adapters, filled by `fill` after they were attached.
    Result<void> make(const std::string& name, const std::vector<ChosenMethod>& methods,
                      const ModelShape& shape, const AttachContext& context,
                      const std::function<void(LanguageModel&)>& fill);

    std::vector<std::string> names() const;  ///< in the order they came
    bool has(const std::string& name) const;
    const std::vector<MethodSettings>& methods(const std::string& name) const;
    /// Whether the adapter has a head of its own.
    bool bringsHead(const std::string& name) const;
    /// Bytes of all tensors that are held for the adapter.
    int64_t bytes(const std::string& name) const;
    /// What the adapter has in a place of the model; null when nothing.
    std::shared_ptr<torch::nn::Module> content(const std::string& name, const AdapterPlace* place) const;
    /// Names of base parameters that the adapter replaces.
    std::vector<std::string> replaced(const std::string& name) const;

    /// Puts the adapters of `mix` on and all others off; none gives the base. On an error everything stays as
    /// it was: BadArgument for an unknown or repeated name; Unsupported where two adapters replace the same
    /// parameter or take a place that is no linear layer or embedding, or one cannot be taken in part.
    Result<void> choose(const std::vector<AdapterShare>& mix);
    const std::vector<AdapterShare>& chosen() const { return m_chosen; }
    /// Off: the base answers; on: what was chosen last.
    void setEnabled(bool on);

    /// What the head makes of each row of a batch when row i has the adapter rows[i] ("" has none): (labels),
    /// (time, labels) or (time, vocabulary), as headLogits without the batch. The base is passed through
    /// once; heads are each row's own. Unsupported for adapters that do more than change linear layers and
    /// the labels' head.
    Result<std::vector<at::Tensor>> rowLogits(const Batch& batch, const std::vector<std::string>& rows);

  private:
    struct Held {
        std::string name;
        std::vector<MethodSettings> methods;
        std::vector<std::pair<AdapterPlace*, std::shared_ptr<torch::nn::Module>>> contents;
        std::map<std::string, at::Tensor> replaced;
        ModelShape shape;
    };

    const Held* find(const std::string& name) const;
    const Held& held(const std::string& name) const;
    Result<const Held*> known(const std::string& name) const;
    Result<void> hold(const std::string& name, const ModelShape& shape,
                      const std::function<Result<void>(Held&)>& fill);
    /// Gives the parameters that a method trains in the base tensors of their own, with the base's values
    /// where the sizes are the same.
    void lend(const MethodPlan& plan, Held& held);
    Result<void> checkMix(const std::vector<AdapterShare>& mix) const;
    Result<void> checkRows(const std::vector<std::string>& rows) const;
    /// Everything off, the base's own parameters in their places.
    void clear();
    Result<void> apply(const std::vector<AdapterShare>& mix);
    void applyChosen();  ///< or nothing, when that is switched off
    void putReplaced(const Held& held);
    void attachRows(const std::map<std::string, at::Tensor>& rowsOf, int64_t batch);

    std::shared_ptr<LanguageModel> m_model;
    std::vector<AdapterPlace*> m_places;
    std::map<std::string, at::Tensor> m_parameters;  ///< the base's, as the model uses them
    std::map<std::string, at::Tensor> m_own;         ///< the base's values of those that an adapter replaces
    ModelShape m_baseShape;
    std::vector<Held> m_held;
    std::vector<AdapterShare> m_chosen;
    bool m_on = true;
};

}  // namespace lathe
