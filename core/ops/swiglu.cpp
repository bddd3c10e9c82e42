// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/swiglu.h"

#include <torch/csrc/autograd/custom_function.h>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

class Swiglu : public torch::autograd::Function<Swiglu> {
  public:
    static Variable forward(AutogradContext* context, const Variable& gate, const Variable& up) {
        context->save_for_backward({gate, up});
        return at::silu(gate).mul_(up);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &gate = saved[0], &up = saved[1], &dy = outputGradients[0];
        variable_list gradients(2);
        if (context->needs_input_grad(0)) gradients[0] = at::silu_backward(dy * up, gate);
        if (context->needs_input_grad(1)) gradients[1] = at::silu(gate).mul_(dy);
        return gradients;
    }
};

}  // namespace

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
    return Swiglu::apply(gate, up);
}

}  // namespace lathe
