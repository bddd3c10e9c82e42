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

/// Whose gradients are made.
struct Wanted {
    bool input, weight, bias, low, b;
    bool any() const { return input || weight || bias || low || b; }

    int64_t packed() const {
        return int64_t(input) + 2 * int64_t(weight) + 4 * int64_t(bias) + 8 * int64_t(low) + 16 * int64_t(b);
    }
    static Wanted unpacked(int64_t bits) {
        return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0};
    }
};

/// The head's gradients, summed up chunk by chunk. Undefined where they are not wanted.
struct HeadGradients {
    at::Tensor x, weight, bias, low, b;

    HeadGradients(const Wanted& wanted, const Variable& input, const Variable& weightOf,
                  const at::Tensor& biasOf, const at::Tensor& lowOf, const at::Tensor& bOf)
        : x(wanted.input ? at::empty_like(input) : at::Tensor()),
          weight(wanted.weight ? zerosLike(weightOf) : at::Tensor()),
          bias(wanted.bias ? zerosLike(biasOf) : at::Tensor()),
          low(wanted.low ? at::empty_like(lowOf) : at::Tensor()),
          b(wanted.b ? zerosLike(bOf) : at::Tensor()) {}

    /// `slope` (count, vocabulary) is the gradient by the logits of the rows from `begin` on.
    void add(int64_t begin, const at::Tensor& slope, const Variable& input, const Variable& weightOf,
             const at::Tensor& lowOf, const at::Tensor& bOf) {
        const int64_t count = slope.size(0);
        const auto product = [&](const at::Tensor& out, const at::Tensor& matrix) {
            at::Tensor rows = out.narrow(0, begin, count);
            at::mm_out(rows, slope, matrix);
        };
        if (x.defined()) product(x, weightOf);
        if (low.defined()) product(low, bOf);
        if (weight.defined()) addProduct(weight, slope, input.narrow(0, begin, count));
        if (b.defined()) addProduct(b, slope, lowOf.narrow(0, begin, count));
        if (bias.defined()) bias.add_(slope.sum(0));
    }
};

at::Tensor orUndefined(const std::optional<Variable>& tensor) {
    return tensor ? *tensor : at::Tensor();
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
  public:
    /// x (rows, size).
    /// What may be absent comes last: an absent one is no input of the node, which would shift those behind
    /// it.
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& weight,
                            const Variable& targets, double softCap, Wanted wanted, int64_t chunkRows,
                            const std::optional<Variable>& bias, const std::optional<Variable>& low,
                            const std::optional<Variable>& b) {
        const int64_t rows = x.size(0);
        HeadGradients gradients(wanted, x, weight, orUndefined(bias), orUndefined(low), orUndefined(b));
        at::Tensor loss = at::zeros({}, x.options().dtype(wideType(x)));
        // One buffer for all chunks: fresh memory of this size costs as much as the arithmetic on it.
        at::Tensor buffer = at::empty({std::min(rows, chunkRows), weight.size(0)}, x.options());

        for (int64_t begin = 0; begin < rows; begin += chunkRows) {
            const int64_t count = std::min(chunkRows, rows - begin);
            const at::Tensor target = targets.narrow(0, begin, count).unsqueeze(1);
            at::Tensor logits = buffer.narrow(0, 0, count);
            at::mm_out(logits, x.narrow(0, begin, count), weight.t());
            if (low) logits.addmm_(low->narrow(0, begin, count), b->t());
            if (bias) logits.add_(*bias);

            const at::Tensor slope = lossAndSlope(logits, target, softCap, wanted.any(), loss);
            if (wanted.any()) gradients.add(begin, slope, x, weight, orUndefined(low), orUndefined(b));
        }
        context->save_for_backward(
            {gradients.x, gradients.weight, gradients.bias, gradients.low, gradients.b});
        context->saved_data["headType"] = weight.scalar_type();
        return loss;
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor& scale = outputGradients[0];
        const at::ScalarType headType = context->saved_data["headType"].toScalarType();
        variable_list gradients(9);
        if (saved[0].defined()) gradients[0] = saved[0] * scale.to(saved[0].scalar_type());
        if (saved[1].defined()) gradients[1] = (saved[1] * scale).to(headType);
        if (saved[2].defined()) gradients[6] = (saved[2] * scale).to(headType);
        if (saved[3].defined()) gradients[7] = saved[3] * scale.to(saved[3].scalar_type());
        if (saved[4].defined()) gradients[8] = (saved[4] * scale).to(headType);
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
                            int64_t chunkRows, const std::optional<Variable>& bias,
                            const std::optional<Variable>& low, const std::optional<Variable>& b) {
        const variable_list inputs{x, weight, targets, orUndefined(bias), orUndefined(low), orUndefined(b)};
        if (wanted.any()) context->save_for_backward(inputs);
        context->saved_data["softCap"] = softCap;
        context->saved_data["temperature"] = temperature;
        context->saved_data["chunkRows"] = chunkRows;
        context->saved_data["wanted"] = wanted.packed();
        std::vector<at::Tensor> parts;
        for (int64_t begin = 0; begin < x.size(0); begin += chunkRows) {
            const int64_t count = std::min(chunkRows, x.size(0) - begin);
            const at::Tensor logits = logitsOf(inputs, begin, count, softCap);
            parts.push_back(at::log_softmax(warmed(logits, temperature), 1, wideType(logits))
                                .gather(1, targets.narrow(0, begin, count).unsqueeze(1))
                                .squeeze(1));
        }
        return parts.empty() ? at::zeros({0}, x.options().dtype(wideType(x))) : at::cat(parts);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const variable_list saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &targets = saved[2], &low = saved[4],
                         &b = saved[5];
        const double softCap = context->saved_data["softCap"].toDouble();
        const double temperature = context->saved_data["temperature"].toDouble();
        const int64_t chunkRows = context->saved_data["chunkRows"].toInt();
        HeadGradients sums(Wanted::unpacked(context->saved_data["wanted"].toInt()), x, weight, saved[3], low,
                           b);
        for (int64_t begin = 0; begin < x.size(0); begin += chunkRows) {
            const int64_t count = std::min(chunkRows, x.size(0) - begin);
            const at::Tensor slope =
                slopeOf(logitsOf(saved, begin, count, softCap), targets.narrow(0, begin, count).unsqueeze(1),
                        outputGradients[0].narrow(0, begin, count).unsqueeze(1), softCap, temperature);
            sums.add(begin, slope, x, weight, low, b);
        }
        variable_list gradients(10);
        gradients[0] = sums.x;
        if (sums.weight.defined()) gradients[1] = sums.weight.to(weight.scalar_type());
        if (sums.bias.defined()) gradients[7] = sums.bias.to(saved[3].scalar_type());
        gradients[8] = sums.low;
        if (sums.b.defined()) gradients[9] = sums.b.to(b.scalar_type());
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
    /// Of `count` rows of the inputs, in their order above.
    static at::Tensor logitsOf(const variable_list& inputs, int64_t begin, int64_t count, double softCap) {
        LanguageHead head{inputs[1], inputs[3], softCap};
        if (inputs[4].defined())
            head.added = [&](const at::Tensor&) {
                return ThinProduct{inputs[4].narrow(0, begin, count), inputs[5]};
            };
        return languageLogits(inputs[0].narrow(0, begin, count), head);
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
    std::optional<Variable> bias, low, b;
};

HeadInputs headInputs(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                      int64_t chunkBytes) {
    if (chunkBytes == 0) chunkBytes = hidden.is_cuda() ? kGpuChunkBytes : kCpuChunkBytes;
    const int64_t rowBytes = head.weight.size(0) * int64_t(at::elementSize(wideType(hidden)));
    const at::Tensor x = hidden.reshape({-1, hidden.size(-1)}).index_select(0, rows);
    const ThinProduct added = head.added ? head.added(x) : ThinProduct{};
    const auto wants = [](const at::Tensor& tensor) {
        return at::GradMode::is_enabled() && tensor.defined() && tensor.requires_grad();
    };
    const auto ifThere = [](const at::Tensor& tensor) {
        return tensor.defined() ? std::optional<Variable>(tensor) : std::nullopt;
    };
    return {x,
            {wants(x), wants(head.weight), wants(head.bias), wants(added.low), wants(added.b)},
            std::max<int64_t>(1, chunkBytes / rowBytes),
            ifThere(head.bias),
            ifThere(added.low),
            ifThere(added.b)};
}

}  // namespace

at::Tensor languageLogits(const at::Tensor& hidden, const LanguageHead& head) {
    at::Tensor logits = at::linear(hidden, head.weight, head.bias);
    if (head.added) {
        const ThinProduct added = head.added(hidden);
        logits = logits + at::linear(added.low, added.b);
    }
    return head.softCap > 0 ? (logits / head.softCap).tanh() * head.softCap : logits;
}

at::Tensor linearCrossEntropy(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                              const at::Tensor& targets, int64_t chunkBytes) {
    const HeadInputs in = headInputs(hidden, head, rows, chunkBytes);
    return LinearCrossEntropy::apply(in.x, head.weight, targets, head.softCap, in.wanted, in.chunkRows,
                                     in.bias, in.low, in.b);
}

at::Tensor linearLogProbabilities(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                                  const at::Tensor& targets, double temperature, int64_t chunkBytes) {
    const HeadInputs in = headInputs(hidden, head, rows, chunkBytes);
    return LinearLogProbabilities::apply(in.x, head.weight, targets, head.softCap, temperature, in.wanted,
                                         in.chunkRows, in.bias, in.low, in.b);
}

}  // namespace lathe
