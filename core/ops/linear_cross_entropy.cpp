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

class LinearLogProbabilities : public torch::autograd::Function<LinearLogProbabilities> {
  public:
    /// Arguments as LinearCrossEntropy's.
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                            const Variable& targets, double softCap, double temperature, Wanted wanted,
                            int64_t chunkRows, const std::optional<Variable>& bias) {
        if (wanted.any()) context->save_for_backward({x, weight, targets, bias.value_or(at::Tensor())});
        context->saved_data["softCap"] = softCap;
        context->saved_data["temperature"] = temperature;
        context->saved_data["chunkRows"] = chunkRows;
        context->saved_data["wanted"] =
            int64_t(wanted.input) + 2 * int64_t(wanted.weight) + 4 * int64_t(wanted.bias);
        std::vector<at::Tensor> parts;
        for (int64_t begin = 0; begin < x.size(0); begin += chunkRows) {
            const int64_t count = std::min(chunkRows, x.size(0) - begin);
            const at::Tensor logits =
                languageLogits(x.narrow(0, begin, count), {weight, bias.value_or(at::Tensor()), softCap});
            parts.push_back(at::log_softmax(warmed(logits, temperature), 1, wideType(logits))
                                .gather(1, targets.narrow(0, begin, count).unsqueeze(1))
                                .squeeze(1));
        }
        return parts.empty() ? at::zeros({0}, x.options().dtype(wideType(x))) : at::cat(parts);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &targets = saved[2], &bias = saved[3];
        const double softCap = context->saved_data["softCap"].toDouble();
        const double temperature = context->saved_data["temperature"].toDouble();
        const int64_t chunkRows = context->saved_data["chunkRows"].toInt();
        const int64_t wanted = context->saved_data["wanted"].toInt();
        at::Tensor dx = wanted & 1 ? at::empty_like(x) : at::Tensor();
        at::Tensor dWeight = wanted & 2 ? zerosLike(weight) : at::Tensor();
        at::Tensor dBias = wanted & 4 ? zerosLike(bias) : at::Tensor();
        for (int64_t begin = 0; begin < x.size(0); begin += chunkRows) {
            const int64_t count = std::min(chunkRows, x.size(0) - begin);
            const at::Tensor part = x.narrow(0, begin, count);
            const at::Tensor slope = slopeOf(
                languageLogits(part, {weight, bias, softCap}), targets.narrow(0, begin, count).unsqueeze(1),
                outputGradients[0].narrow(0, begin, count).unsqueeze(1), softCap, temperature);
            if (dx.defined()) dx.narrow(0, begin, count).copy_(at::mm(slope, weight));
            if (dWeight.defined()) addProduct(dWeight, slope, part);
            if (dBias.defined()) dBias.add_(slope.sum(0));
        }
        variable_list gradients(8);
        gradients[0] = dx;
        if (dWeight.defined()) gradients[1] = dWeight.to(weight.scalar_type());
        if (dBias.defined()) gradients[7] = dBias.to(bias.scalar_type());
        return gradients;
    }

  private:
    /// The gradient by what stands before the soft cap, of `scale` (count, 1) times each target's
    /// log-probability.
    static at::Tensor slopeOf(const at::Tensor& logits, const at::Tensor& target, const at::Tensor& scale,
                              double softCap, double temperature) {
        at::Tensor slope = at::softmax(warmed(logits, temperature), 1, wideType(logits)).neg_();
        slope.scatter_add_(1, target, at::ones(target.sizes(), slope.options()));
        slope.mul_(temperature == 1 ? scale : scale / temperature);
        if (softCap > 0) slope.mul_(1 - (logits / softCap).square());
        return slope.to(logits.scalar_type());
    }
    static at::Tensor warmed(const at::Tensor& logits, double temperature) {
        return temperature == 1 ? logits : logits / temperature;
    }
};

/// What both operations take: the chosen rows of `hidden`, who wants a gradient, and rows a chunk.
struct HeadInputs {
    at::Tensor x;
    Wanted wanted;
    int64_t chunkRows;
    std::optional<Variable> bias;
};

HeadInputs headInputs(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                      int64_t chunkBytes) {
    if (chunkBytes == 0) chunkBytes = hidden.is_cuda() ? kGpuChunkBytes : kCpuChunkBytes;
    const int64_t rowBytes = head.weight.size(0) * int64_t(at::elementSize(wideType(hidden)));
    const at::Tensor x = hidden.reshape({-1, hidden.size(-1)}).index_select(0, rows);
    const bool grad = at::GradMode::is_enabled();
    const Wanted wanted{grad && x.requires_grad(), grad && head.weight.requires_grad(),
                        grad && head.bias.defined() && head.bias.requires_grad()};
    return {x, wanted, std::max<int64_t>(1, chunkBytes / rowBytes),
            head.bias.defined() ? std::optional<Variable>(head.bias) : std::nullopt};
}

}  // namespace

at::Tensor languageLogits(const at::Tensor& hidden, const LanguageHead& head) {
    const at::Tensor logits = at::linear(hidden, head.weight, head.bias);
    return head.softCap > 0 ? (logits / head.softCap).tanh() * head.softCap : logits;
}

at::Tensor linearCrossEntropy(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                              const at::Tensor& targets, int64_t chunkBytes) {
    const HeadInputs in = headInputs(hidden, head, rows, chunkBytes);
    return LinearCrossEntropy::apply(in.x, head.weight, targets, head.softCap, in.wanted, in.chunkRows,
                                     in.bias);
}

at::Tensor linearLogProbabilities(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                                  const at::Tensor& targets, double temperature, int64_t chunkBytes) {
    const HeadInputs in = headInputs(hidden, head, rows, chunkBytes);
    return LinearLogProbabilities::apply(in.x, head.weight, targets, head.softCap, temperature, in.wanted,
                                         in.chunkRows, in.bias);
}

}  // namespace lathe
