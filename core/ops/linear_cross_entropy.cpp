// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/linear_cross_entropy.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>

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

at::Tensor zerosLike(const at::Tensor& x) {
    return at::zeros(x.sizes(), x.options().dtype(wideType(x)));
}

/// sum += leftᵀ right, kept in sum's type.
void addProduct(at::Tensor& sum, const at::Tensor& left, const at::Tensor& right) {
    if (sum.scalar_type() == left.scalar_type()) {
        sum.addmm_(left.t(), right);
    } else {
        sum.add_(at::mm(left.t(), right));
    }
}

/// Whose gradients the forward pass makes.
struct Wanted {
    bool input, weight, bias;
    bool any() const { return input || weight || bias; }
};

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
  public:
    /// x (rows, size).
    /// The bias comes last because an absent one is no input of the node, which would shift those behind it.
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                            const Variable& targets, double softCap, Wanted wanted, int64_t chunkRows,
                            const std::optional<Variable>& bias) {
        const int64_t rows = x.size(0);
        at::Tensor dx = wanted.input ? at::empty_like(x) : at::Tensor();
        at::Tensor dWeight = wanted.weight ? zerosLike(weight) : at::Tensor();
        at::Tensor dBias = wanted.bias ? zerosLike(*bias) : at::Tensor();
        at::Tensor loss = at::zeros({}, x.options().dtype(wideType(x)));
        // One buffer for all chunks: fresh memory of this size costs as much as the arithmetic on it.
        at::Tensor buffer = at::empty({std::min(rows, chunkRows), weight.size(0)}, x.options());

        for (int64_t begin = 0; begin < rows; begin += chunkRows) {
            const int64_t count = std::min(chunkRows, rows - begin);
            const at::Tensor part = x.narrow(0, begin, count);
            const at::Tensor target = targets.narrow(0, begin, count).unsqueeze(1);
            at::Tensor logits = buffer.narrow(0, 0, count);
            at::mm_out(logits, part, weight.t());
            if (bias) logits.add_(*bias);

            const at::Tensor slope = lossAndSlope(logits, target, softCap, wanted.any(), loss);
            if (!wanted.any()) continue;
            if (wanted.input) {
                at::Tensor out = dx.narrow(0, begin, count);
                at::mm_out(out, slope, weight);
            }
            if (wanted.weight) addProduct(dWeight, slope, part);
            if (wanted.bias) dBias.add_(slope.sum(0));
        }
        context->save_for_backward({dx, dWeight, dBias});
        context->saved_data["headType"] = weight.scalar_type();
        return loss;
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor& scale = outputGradients[0];
        const at::ScalarType headType = context->saved_data["headType"].toScalarType();
        variable_list gradients(7);
        if (saved[0].defined()) gradients[0] = saved[0] * scale.to(saved[0].scalar_type());
        if (saved[1].defined()) gradients[1] = (saved[1] * scale).to(headType);
        if (saved[2].defined()) gradients[6] = (saved[2] * scale).to(headType);
        return gradients;
    }

  private:
    /// Adds the loss of `logits` (count, vocabulary; overwritten) and gives its gradient by them.
    static at::Tensor lossAndSlope(at::Tensor& logits, const at::Tensor& target, double softCap,
                                   bool wantsSlope, at::Tensor& loss) {
        if (softCap > 0) logits.div_(softCap).tanh_();
        at::Tensor slope = at::log_softmax(softCap > 0 ? logits * softCap : logits, 1, wideType(logits));
        loss.sub_(slope.gather(1, target).sum());
        if (!wantsSlope) return {};
        slope.exp_();
        slope.scatter_add_(1, target, at::full(target.sizes(), -1, slope.options()));
        if (softCap > 0) slope.mul_(1 - logits.square());
        return slope.to(logits.scalar_type());
    }
};

}  // namespace

at::Tensor languageLogits(const at::Tensor& hidden, const LanguageHead& head) {
    const at::Tensor logits = at::linear(hidden, head.weight, head.bias);
    return head.softCap > 0 ? (logits / head.softCap).tanh() * head.softCap : logits;
}

at::Tensor linearCrossEntropy(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                              const at::Tensor& targets, int64_t chunkBytes) {
    if (chunkBytes == 0) chunkBytes = hidden.is_cuda() ? kGpuChunkBytes : kCpuChunkBytes;
    const int64_t rowBytes = head.weight.size(0) * int64_t(at::elementSize(wideType(hidden)));
    const int64_t chunkRows = std::max<int64_t>(1, chunkBytes / rowBytes);
    const at::Tensor x = hidden.reshape({-1, hidden.size(-1)}).index_select(0, rows);
    const bool grad = at::GradMode::is_enabled();
    const Wanted wanted{grad && x.requires_grad(), grad && head.weight.requires_grad(),
                        grad && head.bias.defined() && head.bias.requires_grad()};
    return LinearCrossEntropy::apply(x, head.weight, targets, head.softCap, wanted, chunkRows,
                                     head.bias.defined() ? std::optional(head.bias) : std::nullopt);
}

}  // namespace lathe
