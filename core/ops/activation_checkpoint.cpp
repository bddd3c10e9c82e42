// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ops/activation_checkpoint.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <mutex>
#include <utility>

namespace lathe {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;
using Block = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

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
    /// `anchor` requires a gradient, so that the node exists also when the inputs come from frozen layers.
    static Variable forward(AutogradContext* context, at::TensorList inputs, const Variable& /*anchor*/,
                            const c10::intrusive_ptr<BlockHolder>& holder) {
        context->saved_data["block"] = c10::IValue::make_capsule(holder);
        context->save_for_backward(inputs.vec());
        context->saved_data["random"] = randomState(inputs.front().device());
        return holder->block(inputs.vec());
    }

    static variable_list backward(AutogradContext* context, variable_list outputGradients) {
        variable_list inputs = context->get_saved_variables();
        const auto holder =
            c10::static_intrusive_pointer_cast<BlockHolder>(context->saved_data["block"].toCapsule());
        const at::Device device = inputs.front().device();
        const at::Tensor before = randomState(device);
        setRandomState(device, context->saved_data["random"].toTensor());
        for (size_t i = 0; i < inputs.size(); ++i)
            inputs[i] = inputs[i].detach().requires_grad_(context->needs_input_grad(i));
        at::Tensor y;
        {
            at::AutoGradMode enabled(true);
            y = holder->block(inputs);
        }
        setRandomState(device, before);
        torch::autograd::backward({y}, {outputGradients[0]});
        variable_list gradients;
        for (const at::Tensor& input : inputs)
            gradients.push_back(input.requires_grad() ? input.grad() : Variable());
        gradients.resize(gradients.size() + 2);  // the anchor and the block have none
        return gradients;
    }
};

}  // namespace

at::Tensor checkpoint(Block block, const std::vector<at::Tensor>& inputs) {
    if (!at::GradMode::is_enabled()) return block(inputs);
    const at::Tensor anchor = at::empty({0}, inputs.front().options()).requires_grad_(true);
    return Checkpoint::apply(at::TensorList(inputs), anchor,
                             c10::make_intrusive<BlockHolder>(std::move(block)));
}

}  // namespace lathe
