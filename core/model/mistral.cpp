// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/mistral.h"

namespace lathe {

const Architecture& mistralArchitecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "mistral",
        .classPrefix = "Mistral",
        .title = "Mistral",
        .help = "Decoder that writes text: Mistral and others of that layout.",
        .bias = LlamaVariant::AttentionBias::None,
        .window = LlamaVariant::Window::Always,
    });
    return architecture;
}

}  // namespace lathe
