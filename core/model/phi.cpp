// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/phi.h"

namespace lathe {

const Architecture& phi3Architecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "phi3",
        .classPrefix = "Phi3",
        .title = "Phi-3",
        .help = "Decoder that writes text: Phi-3, Phi-3.5 and Phi-4.",
        .bias = LlamaVariant::AttentionBias::None,
        .fusedProjections = true,
        .partialRotary = true,
        .window = LlamaVariant::Window::Always,
    });
    return architecture;
}

}  // namespace lathe
