// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/linear_cross_entropy.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr int64_t kCpuChunkBytes = int64_t(64) << 20;
constexpr int64_t kGpuChunkBytes = int64_t(256) << 20;

/// At least float32: what softmax, loss and accumulation are done in.
at::ScalarType wideType(const at::Tensor& x) {
    return at::isReducedFloatingType(x.scalar_type()) ? at::kFloat : x.scalar_type();
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
  public:
    /// x (rows, size). `trainInput`, `trainWeight`: whose gradient to make.
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                            const Variable& targets, bool trainInput, bool trainWeight, int64_t chunkRows) {
        const at::ScalarType wide = wideType(x);
        const int64_t rows = x.size(0);
        at::Tensor dx = trainInput ? at::empty_like(x) : at::Tensor();
        at::Tensor dWeight =
            trainWeight ? at::zeros(weight.sizes(), weight.options().dtype(wide)) : at::Tensor();
        at::Tensor loss = at::zeros({}, x.options().dtype(wide));
        // One buffer for all chunks: fresh memory of this size costs as much as the arithmetic on it.
        at::Tensor buffer = at::empty({std::min(rows, chunkRows), weight.size(0)}, x.options());

        for (int64_t begin = 0; begin < rows; begin += chunkRows) {
            const int64_t count = std::min(chunkRows, rows - begin);
            const at::Tensor part = x.narrow(0, begin, count);
            const at::Tensor target = targets.narrow(0, begin, count).unsqueeze(1);
            at::Tensor logits = buffer.narrow(0, 0, count);
            at::mm_out(logits, part, weight.t());

            at::Tensor slope = at::log_softmax(logits, 1, wide);  // (count, vocabulary)
            loss.sub_(slope.gather(1, target).sum());
            if (!trainInput && !trainWeight) continue;
            slope.exp_();
            slope.scatter_add_(1, target, at::full({count, 1}, -1, slope.options()));
            slope = slope.to(x.scalar_type());
            if (trainInput) {
                at::Tensor out = dx.narrow(0, begin, count);
                at::mm_out(out, slope, weight);
            }
            if (trainWeight) addProduct(dWeight, slope, part);
        }
        context->save_for_backward({dx, dWeight});
        context->saved_data["weightType"] = weight.scalar_type();
        return loss;
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor& scale = outputGradients[0];
        variable_list gradients(6);
        if (saved[0].defined()) gradients[0] = saved[0] * scale.to(saved[0].scalar_type());
        if (saved[1].defined())
            gradients[1] = (saved[1] * scale).to(context->saved_data["weightType"].toScalarType());
        return gradients;
    }

  private:
    /// sum += leftᵀ right, kept in sum's type.
    static void addProduct(at::Tensor& sum, const at::Tensor& left, const at::Tensor& right) {
        if (sum.scalar_type() == left.scalar_type()) {
            sum.addmm_(left.t(), right);
        } else {
            sum.add_(at::mm(left.t(), right));
        }
    }
};

}  // namespace

at::Tensor linearCrossEntropy(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& rows,
                              const at::Tensor& targets, int64_t chunkBytes) {
    if (chunkBytes == 0) chunkBytes = hidden.is_cuda() ? kGpuChunkBytes : kCpuChunkBytes;
    const int64_t rowBytes = weight.size(0) * int64_t(at::elementSize(wideType(hidden)));
    const int64_t chunkRows = std::max<int64_t>(1, chunkBytes / rowBytes);
    const at::Tensor x = hidden.reshape({-1, hidden.size(-1)}).index_select(0, rows);
    const bool grad = at::GradMode::is_enabled();
    return LinearCrossEntropy::apply(x, weight, targets, grad && x.requires_grad(),
                                     grad && weight.requires_grad(), chunkRows);
}

}  // namespace lathe
