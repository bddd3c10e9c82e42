// SPDX-License-Identifier: GPL-3.0-or-later
// A place in a model where a method puts what it adds. The slot takes the parameters over as its own, so that
// they carry the names that adapter files have below the place's own name.
#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "core/base/result.h"

namespace lathe {

/// What all places share: one adapter or none, and a switch. Moving the model moves the adapter's parameters,
/// not its buffers: make an adapter on the device it is to work on.
class AdapterPlace : public torch::nn::Module {
  public:
    bool hasAdapter() const { return m_content != nullptr; }
    /// Off: the model computes as if nothing was attached.
    void setAdapterEnabled(bool enabled) { m_enabled = enabled; }
    /// Takes the adapter out, with its parameters, and gives it; null when there is none.
    std::shared_ptr<torch::nn::Module> detach();
    /// Puts in what this place, or one of its kind, gave.
    void putBack(std::shared_ptr<torch::nn::Module> content) { take(std::move(content)); }

    void train(bool on = true) override;

  protected:
    void take(std::shared_ptr<torch::nn::Module> content);
    torch::nn::Module* content() const { return m_content.get(); }
    bool isEnabled() const { return m_enabled; }

  private:
    std::shared_ptr<torch::nn::Module> m_content;
    bool m_enabled = true;
};

/// An adapter whose change can be taken more or less than once.
class WeightedAdapter : public torch::nn::Module {
  public:
    /// From now on the change is taken `weight` times (1 = as trained); Unsupported where that has no
    /// meaning.
    virtual Result<void> setWeight(double weight) {
        m_weight = weight;
        return {};
    }
    double weight() const { return m_weight; }

  private:
    double m_weight = 1;
};

template <class Adapter>
class AdapterSlot : public AdapterPlace {
  public:
    void attach(std::shared_ptr<Adapter> adapter) { take(std::move(adapter)); }
    Adapter* adapter() const { return static_cast<Adapter*>(content()); }

  protected:
    /// The adapter when it is to be used now.
    Adapter* active() const { return isEnabled() ? adapter() : nullptr; }
};

}  // namespace lathe
