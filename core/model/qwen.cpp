// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/qwen.h"

namespace lathe {

const Architecture& qwen2Architecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "qwen2",
        .classPrefix = "Qwen2",
        .title = "Qwen2",
        .help = "Decoder that writes text: Qwen2 and Qwen2.5.",
        .bias = LlamaVariant::AttentionBias::QueryKeyValue,
        .window = LlamaVariant::Window::Switched,
    });
    return architecture;
}

const Architecture& qwen3Architecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "qwen3",
        .classPrefix = "Qwen3",
        .title = "Qwen3",
        .help = "Decoder that writes text: Qwen3, the dense ones.",
        .headNorms = true,
        .window = LlamaVariant::Window::Switched,
    });
    return architecture;
}

}  // namespace lathe
