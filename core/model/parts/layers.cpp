// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/layers.h"

#include <map>

#include "core/ops/rms_norm.h"

namespace lathe {

at::Tensor RmsNormLayer::forward(const at::Tensor& x) {
    return rmsNorm(x, weight, m_epsilon, m_offset);
}

at::Tensor LayerNormLayer::forward(const at::Tensor& x) {
    return at::layer_norm(x, {x.size(-1)}, weight, bias, m_epsilon);
}

HeadLayer::HeadLayer(int64_t in, int64_t out, bool hasBias) {
    weight = register_parameter("weight", at::empty({out, in}));
    if (hasBias) bias = register_parameter("bias", at::empty({out}));
}

at::Tensor HeadLayer::forward(const at::Tensor& x) {
    return at::linear(x, weight, bias);
}

Result<Activation> activationNamed(const std::string& name) {
    const Activation tanhGelu = [](const at::Tensor& x) { return at::gelu(x, "tanh"); };
    const Activation silu = [](const at::Tensor& x) { return at::silu(x); };
    const std::map<std::string, Activation> known{
        {"gelu", [](const at::Tensor& x) { return at::gelu(x); }},
        {"gelu_new", tanhGelu},
        {"gelu_pytorch_tanh", tanhGelu},
        {"gelu_fast", tanhGelu},
        {"relu", [](const at::Tensor& x) { return at::relu(x); }},
        {"silu", silu},
        {"swish", silu},
        {"tanh", [](const at::Tensor& x) { return at::tanh(x); }},
    };
    const auto it = known.find(name);
    if (it == known.end()) {
        return Error{ErrorCode::Unsupported, "the activation \"" + name + "\" is not known", "config.json",
                     ""};
    }
    return it->second;
}

at::Tensor dropoutWhen(bool training, const at::Tensor& x, double probability) {
    return training && probability > 0 ? at::dropout(x, probability, true) : x;
}

}  // namespace lathe
