// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/rms_norm.h"

#include <torch/csrc/autograd/custom_function.h>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// float32 for the 16-bit types, the tensor itself otherwise.
at::Tensor widened(const at::Tensor& x) {
    return at::isReducedFloatingType(x.scalar_type()) ? x.to(at::kFloat) : x;
}

at::Tensor scaleOf(const at::Tensor& weight, double offset) {
    return offset == 0 ? weight : widened(weight) + offset;
}

class RmsNorm : public torch::autograd::Function<RmsNorm> {
  public:
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                            double epsilon, double offset) {
        const at::Tensor wide = widened(x);
        const at::Tensor inverse = at::linalg_vector_norm(wide, 2, {-1}, true)
                                       .square_()
                                       .div_(double(x.size(-1)))
                                       .add_(epsilon)
                                       .rsqrt_();  // (…, 1)
        context->save_for_backward({x, weight, inverse});
        context->saved_data["offset"] = offset;
        if (offset != 0) return (wide * inverse).mul_(scaleOf(weight, offset)).to(x.scalar_type());
        return (wide * inverse).to(x.scalar_type()).mul_(weight);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &inverse = saved[2];
        const at::Tensor dy = widened(outputGradients[0]);
        const at::Tensor normal = widened(x) * inverse;

        const double offset = context->saved_data["offset"].toDouble();

        variable_list gradients(4);
        if (context->needs_input_grad(1)) {
            gradients[1] = (dy * normal).reshape({-1, x.size(-1)}).sum(0).to(weight.scalar_type());
        }
        if (context->needs_input_grad(0)) {
            at::Tensor g = dy * scaleOf(weight, offset);
            const at::Tensor along = (g * normal).mean({-1}, true);
            gradients[0] = g.addcmul_(normal, along, -1).mul_(inverse).to(x.scalar_type());
        }
        return gradients;
    }
};

}  // namespace

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double epsilon, double offset) {
    return RmsNorm::apply(x, weight, epsilon, offset);
}

}  // namespace lathe
