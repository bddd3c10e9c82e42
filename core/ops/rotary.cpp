// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/rotary.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// Turns each pair by +angle (direction 1) or back (direction -1).
at::Tensor turned(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, double direction) {
    at::Tensor out = at::empty(x.sizes(), x.options());
    const int64_t half = cos.size(-1), rest = x.size(-1) - 2 * half;
    const at::Tensor left = x.narrow(-1, 0, half), right = x.narrow(-1, half, half);
    at::Tensor first = out.narrow(-1, 0, half), second = out.narrow(-1, half, half);
    at::mul_out(first, left, cos).addcmul_(right, sin, -direction);
    at::mul_out(second, right, cos).addcmul_(left, sin, direction);
    if (rest > 0) out.narrow(-1, 2 * half, rest).copy_(x.narrow(-1, 2 * half, rest));
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

/// Long waves are stretched by the factor, short ones kept, those between blended.
at::Tensor llama3Frequencies(const RotarySettings& settings, const at::Tensor& plain) {
    const double low = settings.lowFrequencyFactor, high = settings.highFrequencyFactor;
    const at::Tensor turns = plain * (double(settings.originalContext) / (2 * std::numbers::pi));
    const at::Tensor smooth = ((turns - low) / (high - low)).clamp_(0, 1);
    return plain / settings.factor * (1 - smooth) + plain * smooth;
}

/// As llama3's, but with a ramp over the pairs' indices.
at::Tensor yarnFrequencies(const RotarySettings& settings, const at::Tensor& plain) {
    const double size = 2.0 * double(plain.size(0));
    const auto pairTurning = [&](double turns) {
        return size * std::log(double(settings.originalContext) / (turns * 2 * std::numbers::pi)) /
               (2 * std::log(settings.base));
    };
    double low = pairTurning(settings.betaFast), high = pairTurning(settings.betaSlow);
    if (settings.wholePairs) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, size - 1);
    if (low == high) high += 0.001;
    const at::Tensor stretched =
        at::arange(plain.size(0), at::kFloat).sub_(low).div_(high - low).clamp_(0, 1);
    return plain / settings.factor * stretched + plain * (1 - stretched);
}

/// Which length the frequencies depend on: 0 where they depend on none.
int64_t lengthThatMatters(const RotarySettings& settings, int64_t length) {
    const bool grows =
        settings.scaling == RotaryScaling::Dynamic || settings.scaling == RotaryScaling::LongRope;
    if (!grows || length <= settings.originalContext) return 0;
    return settings.scaling == RotaryScaling::Dynamic ? length : settings.originalContext + 1;
}

}  // namespace

int64_t rotaryPart(const RotarySettings& settings, int64_t headDim) {
    return static_cast<int64_t>(double(headDim) * settings.share);
}

at::Tensor inverseFrequencies(const RotarySettings& settings, int64_t size, int64_t length) {
    const at::Tensor exponents = at::arange(0, size, 2, at::kFloat).div_(double(size));
    const bool beyond = lengthThatMatters(settings, length) > 0;
    double base = settings.base;
    if (settings.scaling == RotaryScaling::Dynamic && beyond) {
        const double stretch = double(length) / double(settings.originalContext);
        base *= std::pow(settings.factor * stretch - (settings.factor - 1), double(size) / double(size - 2));
    }
    const at::Tensor plain = at::pow(base, exponents).reciprocal_();
    switch (settings.scaling) {
        case RotaryScaling::None:
        case RotaryScaling::Dynamic:
            return plain;
        case RotaryScaling::Linear:
            return plain / settings.factor;
        case RotaryScaling::Yarn:
            return yarnFrequencies(settings, plain);
        case RotaryScaling::LongRope:
            return plain / at::tensor(beyond ? settings.longFactors : settings.shortFactors, at::kFloat);
        case RotaryScaling::Llama3:
            break;
    }
    return llama3Frequencies(settings, plain);
}

Rotary::Rotary(RotarySettings settings, int64_t headDim)
    : m_settings(std::move(settings)), m_size(rotaryPart(m_settings, headDim)) {
    m_frequencies = inverseFrequencies(m_settings, m_size);
}

RotaryTables Rotary::tables(const at::Tensor& positions, int64_t length, at::ScalarType type) {
    const int64_t wanted = lengthThatMatters(m_settings, length);
    if (wanted != m_length) {
        m_frequencies = inverseFrequencies(m_settings, m_size, wanted);
        m_length = wanted;
    }
    if (m_frequencies.device() != positions.device()) m_frequencies = m_frequencies.to(positions.device());
    const at::Tensor angles = (positions.to(at::kFloat).unsqueeze(-1) * m_frequencies).unsqueeze(2);
    const double scale = m_settings.attentionFactor;
    if (scale == 1) return {angles.cos().to(type), angles.sin().to(type)};
    return {(angles.cos() * scale).to(type), (angles.sin() * scale).to(type)};
}

at::Tensor rotate(const at::Tensor& x, const RotaryTables& tables) {
    return Rotate::apply(x, tables.cos, tables.sin);
}

}  // namespace lathe
