// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/checkpoint.h"

#include <torch/csrc/autograd/custom_function.h>

#include <mutex>
#include <utility>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;
using Block = std::function<at::Tensor(const at::Tensor&)>;

/// The state of the generator that dropout on `device` draws from.
at::Tensor randomState(const at::Device& device) {
    at::Generator generator = at::globalContext().defaultGenerator(device);
    std::scoped_lock lock(generator.mutex());
    return generator.get_state();
}

void setRandomState(const at::Device& device, const at::Tensor& state) {
    at::Generator generator = at::globalContext().defaultGenerator(device);
    std::scoped_lock lock(generator.mutex());
    generator.set_state(state);
}

/// Carries the block through the graph; IValue holds objects only.
struct BlockHolder : torch::CustomClassHolder {
    explicit BlockHolder(Block given) : block(std::move(given)) {}
    Block block;
};

class Checkpoint : public torch::autograd::Function<Checkpoint> {
  public:
    /// `anchor` requires a gradient, so that the node exists also when x comes from frozen layers.
    static Variable forward(AutogradContext* context, const Variable& x, const Variable& /*anchor*/,
                            const c10::intrusive_ptr<BlockHolder>& holder) {
        context->saved_data["block"] = c10::IValue::make_capsule(holder);
        context->save_for_backward({x});
        context->saved_data["random"] = randomState(x.device());
        return holder->block(x);
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        const at::Tensor saved = context->get_saved_variables()[0];
        const auto holder =
            c10::static_intrusive_pointer_cast<BlockHolder>(context->saved_data["block"].toCapsule());

        const at::Tensor before = randomState(saved.device());
        setRandomState(saved.device(), context->saved_data["random"].toTensor());
        const bool wantInput = context->needs_input_grad(0);
        const at::Tensor x = saved.detach().requires_grad_(wantInput);
        at::Tensor y;
        {
            at::AutoGradMode enabled(true);
            y = holder->block(x);
        }
        setRandomState(saved.device(), before);
        torch::autograd::backward({y}, {outputGradients[0]});
        return {wantInput ? x.grad() : Variable(), Variable(), Variable()};
    }
};

}  // namespace

at::Tensor checkpoint(Block block, const at::Tensor& x) {
    if (!at::GradMode::is_enabled()) return block(x);
    const at::Tensor anchor = at::empty({0}, x.options()).requires_grad_(true);
    return Checkpoint::apply(x, anchor, c10::make_intrusive<BlockHolder>(std::move(block)));
}

}  // namespace lathe
