// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/rotary.h"

#include <torch/csrc/autograd/custom_function.h>

#include <numbers>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// Turns each pair by +angle (direction 1) or back (direction -1).
at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, double direction) {
    at::Tensor out = at::empty(x.sizes(), x.options());
    const auto from = x.chunk(2, -1);
    const auto to = out.chunk(2, -1);
    at::Tensor first = to[0], second = to[1];
    at::mul_out(first, from[0], cos).addcmul_(from[1], sin, -direction);
    at::mul_out(second, from[1], cos).addcmul_(from[0], sin, direction);
    return out;
}

class Rotate : public torch::autograd::Function<Rotate> {
  public:
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& cos,
                            const Variable& sin) {
        context->save_for_backward({cos, sin});
        return turned(x, cos, sin, 1);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        return {turned(outputGradients[0], saved[0], saved[1], -1), Variable(), Variable()};
    }
};

}  // namespace

at::Tensor inverseFrequencies(const RotarySettings& settings, int64_t headDim) {
    const at::Tensor exponents = at::arange(0, headDim, 2, at::kFloat).div_(double(headDim));
    at::Tensor frequencies = at::pow(settings.base, exponents).reciprocal_();
    switch (settings.scaling) {
        case RotaryScaling::None:
            return frequencies;
        case RotaryScaling::Linear:
            return frequencies.div_(settings.factor);
        case RotaryScaling::Llama3:
            break;
    }
    // Long waves are stretched by the factor, short ones kept, those between blended.
    const double low = settings.lowFrequencyFactor, high = settings.highFrequencyFactor;
    const at::Tensor turns = frequencies * (double(settings.originalContext) / (2 * std::numbers::pi));
    const at::Tensor smooth = ((turns - low) / (high - low)).clamp_(0, 1);
    return frequencies / settings.factor * (1 - smooth) + frequencies * smooth;
}

RotaryTables rotaryTables(const at::Tensor& inverseFrequencies, const at::Tensor& positions,
                          at::ScalarType type) {
    const at::Tensor angles =
        (positions.to(at::kFloat).unsqueeze(-1) * inverseFrequencies.to(positions.device())).unsqueeze(2);
    return {angles.cos().to(type), angles.sin().to(type)};
}

at::Tensor rotate(const at::Tensor& x, const RotaryTables& tables) {
    return Rotate::apply(x, tables.cos, tables.sin);
}

}  // namespace lathe
