// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/soft_prompt.h"

namespace lathe {

std::vector<KeysAndValues> byBlock(const at::Tensor& vectors, int64_t blocks, int64_t kvHeads,
                                   int64_t headDim) {
    const auto parts = vectors.view({vectors.size(0), 2 * blocks, kvHeads, headDim}).unbind(1);
    std::vector<KeysAndValues> result;
    for (std::size_t block = 0; block < static_cast<std::size_t>(blocks); ++block)
        result.push_back({parts[2 * block], parts[2 * block + 1]});
    return result;
}

void KeysAndValues::putBefore(at::Tensor& textKeys, at::Tensor& textValues) const {
    if (!keys.defined()) return;
    const auto behind = [](const at::Tensor& front, const at::Tensor& x) {
        const at::Tensor same = front.to(x.scalar_type()).unsqueeze(0).expand({x.size(0), -1, -1, -1});
        return at::cat({same, x}, 1);
    };
    textKeys = behind(keys, textKeys);
    textValues = behind(values, textValues);
}

}  // namespace lathe
