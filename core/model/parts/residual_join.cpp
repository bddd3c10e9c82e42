// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/residual_join.h"

#include "core/model/parts/layers.h"

namespace lathe {

at::Tensor ResidualJoin::forward(const at::Tensor& output, const at::Tensor& stream, LayerNormLayer* norm) {
    if (ResidualAdapter* adapter = active()) return adapter->forward(output, stream, norm);
    const at::Tensor sum = output + stream;
    return norm ? norm->forward(sum) : sum;
}

std::shared_ptr<ResidualJoin> addJoin(torch::nn::Module& block, const std::string& name) {
    const auto dot = name.find('.');
    auto holder = block.register_module(name.substr(0, dot), std::make_shared<torch::nn::Module>());
    return holder->register_module(name.substr(dot + 1), std::make_shared<ResidualJoin>());
}

}  // namespace lathe
