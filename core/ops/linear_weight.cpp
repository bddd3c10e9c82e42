// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/linear_weight.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

struct KeptWeight : torch::CustomClassHolder {
    explicit KeptWeight(LinearWeight of) : weight(std::move(of)) {}
    LinearWeight weight;
};

/// Keeps the packed weight for the backward pass instead of the matrix.
class PackedLinear : public torch::autograd::Function<PackedLinear> {
  public:
    static Variable forward(AutogradContext* context, const Variable& x, const std::optional<Variable>& bias,
                            const LinearWeight& weight) {
        context->saved_data["weight"] = weight.kept();
        context->saved_data["hasBias"] = bias.has_value();
        return at::linear(x, weight.matrix(x.scalar_type()), bias);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const at::Tensor& dy = outputGradients[0];
        variable_list gradients(3);
        if (context->needs_input_grad(0))
            gradients[0] =
                at::matmul(dy, LinearWeight::of(context->saved_data["weight"]).matrix(dy.scalar_type()));
        if (context->saved_data["hasBias"].toBool() && context->needs_input_grad(1))
            gradients[1] = dy.reshape({-1, dy.size(-1)}).sum(0);
        return gradients;
    }
};

}  // namespace

c10::IValue LinearWeight::kept() const {
    return c10::IValue::make_capsule(c10::make_intrusive<KeptWeight>(*this));
}

const LinearWeight& LinearWeight::of(const c10::IValue& kept) {
    return c10::static_intrusive_pointer_cast<KeptWeight>(kept.toCapsule())->weight;
}

at::Tensor LinearWeight::linear(const at::Tensor& x, const at::Tensor& bias) const {
    if (!m_packed) return at::linear(x, m_plain, bias);
    return PackedLinear::apply(x, bias.defined() ? std::optional(bias) : std::nullopt, *this);
}

}  // namespace lathe
