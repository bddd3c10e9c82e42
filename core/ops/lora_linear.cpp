// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/lora_linear.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// The branch's input after dropout, from the kept mask, so that only one bool an element is stored.
at::Tensor applyMask(const at::Tensor& x, const at::Tensor& keep, double dropout) {
    return keep.defined() ? x * keep * (1 / (1 - dropout)) : x;
}

class LoraLinear : public torch::autograd::Function<LoraLinear> {
  public:
    /// `plain` is the weight as an input of the node, absent when it is packed. Absent inputs shift the
    /// numbers of those behind them: weight and bias come last.
    static Variable forward(AutogradContext* context, const Variable& input, const Variable& a,
                            const Variable& b, const std::optional<Variable>& plain,
                            const std::optional<Variable>& bias, const LinearWeight& weight, double scaling,
                            double dropout) {
        const at::Tensor x = input.reshape({-1, input.size(-1)});
        const at::Tensor aHere = a.to(x.scalar_type());
        const at::Tensor bHere = b.to(x.scalar_type());
        at::Tensor dropped = x;
        at::Tensor keep;
        if (dropout > 0) std::tie(dropped, keep) = at::native_dropout(x, dropout, true);

        const at::Tensor low = at::mm(dropped, aHere.t());                   // (rows, rank)
        at::Tensor y = at::linear(x, weight.matrix(x.scalar_type()), bias);  // (rows, out)
        y.addmm_(low, bHere.t(), 1, scaling);

        // x is needed for dA (and dW) only, low for dB only.
        const bool keepInput = a.requires_grad() || (plain && plain->requires_grad());
        context->save_for_backward({keepInput ? x : at::Tensor(), keep, low, a, b});
        context->saved_data["weight"] = weight.kept();
        context->saved_data["hasPlain"] = plain.has_value();
        context->saved_data["sizes"] = input.sizes().vec();
        context->saved_data["hasBias"] = bias.has_value();
        context->saved_data["scaling"] = scaling;
        context->saved_data["dropout"] = dropout;
        std::vector<int64_t> sizes = input.sizes().vec();
        sizes.back() = weight.out();
        return y.view(sizes);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &keep = saved[1], &low = saved[2], &a = saved[3], &b = saved[4];
        const LinearWeight& weight = LinearWeight::of(context->saved_data["weight"]);
        const double scaling = context->saved_data["scaling"].toDouble();
        const double dropout = context->saved_data["dropout"].toDouble();
        const at::Tensor dy = outputGradients[0].reshape({-1, weight.out()});
        const at::Tensor dLow = at::mm(dy, b.to(dy.scalar_type())).mul_(scaling);  // (rows, rank)

        variable_list gradients(8);
        if (context->needs_input_grad(0)) {
            at::Tensor dx = at::mm(dy, weight.matrix(dy.scalar_type()));
            const at::Tensor aHere = a.to(dy.scalar_type());
            if (keep.defined()) {
                dx.add_(applyMask(at::mm(dLow, aHere), keep, dropout));
            } else {
                dx.addmm_(dLow, aHere);
            }
            gradients[0] = dx.view(context->saved_data["sizes"].toIntVector());
        }
        if (context->needs_input_grad(1))
            gradients[1] = at::mm(dLow.t(), applyMask(x, keep, dropout)).to(a.scalar_type());
        if (context->needs_input_grad(2))
            gradients[2] = at::mm(dy.t(), low).to(b.scalar_type()).mul_(scaling);
        const bool hasPlain = context->saved_data["hasPlain"].toBool();
        if (hasPlain && context->needs_input_grad(3)) gradients[3] = at::mm(dy.t(), x);
        if (context->saved_data["hasBias"].toBool() && context->needs_input_grad(hasPlain ? 4 : 3))
            gradients[4] = dy.sum(0);
        return gradients;
    }
};

}  // namespace

at::Tensor loraLinear(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias,
                      const at::Tensor& a, const at::Tensor& b, double scaling, double dropout) {
    const auto ifThere = [](const at::Tensor& tensor) {
        return tensor.defined() ? std::optional(tensor) : std::nullopt;
    };
    return LoraLinear::apply(x, a, b, ifThere(weight.plain()), ifThere(bias), weight, scaling, dropout);
}

}  // namespace lathe
