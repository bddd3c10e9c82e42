// SPDX-License-Identifier: GPL-3.0-or-later
// AdamW over one flat float32 buffer: master weights, gradients and moments each lie in one tensor, so that
// clipping and updating are a few large operations without a host read (methods.md, "Optimizer").
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/language_model.h"
#include "core/model/trained_parameter.h"

namespace lathe {

struct AdamWSettings {
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weightDecay = 0;
    double maxGradNorm = 1;  ///< 0 = no clipping
};

class AdamW {
  public:
    /// Takes the values over: every float32 tensor becomes a view of the master buffer, every bfloat16 one a
    /// view of a flat working copy; their gradients accumulate in place in flat buffers of the same type.
    AdamW(std::vector<TrainedParameter> parameters, const AdamWSettings& settings);

    /// Clips by the global norm as torch's clip_grad_norm_, updates, and zeroes the gradient. Nothing is read
    /// to the host. `beforeZeroing` sees the new weights beside the clipped gradients they were updated with.
    void step(double learningRate, const std::function<void()>& beforeZeroing = {});

    /// Norm of the last step's gradient before clipping: a float32 scalar on the device.
    const at::Tensor& gradNorm() const { return m_gradNorm; }
    int64_t parameterCount() const { return m_count; }

    struct NamedState {
        std::string name;
        at::Tensor master, firstMoment, secondMoment;  ///< float32 views, writable
    };
    /// Every parameter's state, in the order they were given.
    std::vector<NamedState> states() const;
    int64_t updates() const { return m_updates; }
    /// After the views of states() were written: refreshes the step count and the working copies.
    void restored(int64_t updates);

  private:
    struct Slot {
        TrainedParameter parameter;
        int64_t offset = 0;
    };
    struct Group {
        int64_t begin = 0, end = 0;
        bool decays = true;
        double rateFactor = 1;
    };

    at::Tensor viewOf(const at::Tensor& flat, const Slot& slot) const;
    void gatherWorkingGradients();
    void refreshWorkingCopies();

    AdamWSettings m_settings;
    std::vector<Slot> m_slots;
    std::vector<std::size_t> m_order;  ///< given order → slot
    std::vector<Group> m_groups;
    int64_t m_count = 0;
    int64_t m_workingBegin = 0;  ///< elements before this are computed with in float32
    int64_t m_updates = 0;
    at::Tensor m_master, m_gradient, m_firstMoment, m_secondMoment;  ///< flat float32
    at::Tensor m_working, m_workingGradient;        ///< flat bfloat16, empty without such parameters
    at::Tensor m_learningRate, m_step, m_gradNorm;  ///< scalars on the device
};

/// The model's parameters that require a gradient, biases and norm weights marked. With `working` bfloat16
/// the adapters stay float32 (they are small and need the precision) and everything else gets working copies.
std::vector<TrainedParameter> trainedParameters(const LanguageModel& model, at::ScalarType working);

/// Casts the frozen parameters of the base for computing; adapters stay float32. Leaves the trained ones to
/// the optimiser.
void castFrozenParameters(LanguageModel& model, at::ScalarType working);

}  // namespace lathe
