// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gemma.h"

namespace lathe {

const Architecture& gemmaArchitecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "gemma",
        .classPrefix = "Gemma",
        .title = "Gemma",
        .help = "Decoder that writes text: the first Gemma.",
        .gemma = true,
    });
    return architecture;
}

const Architecture& gemma2Architecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "gemma2",
        .classPrefix = "Gemma2",
        .title = "Gemma 2",
        .help = "Decoder that writes text: Gemma 2.",
        .outputNorms = true,
        .gemma = true,
        .window = LlamaVariant::Window::Always,
        .fullEvery = 2,
        .scoreSoftCap = 50,
        .logitSoftCap = 30,
    });
    return architecture;
}

const Architecture& gemma3Architecture() {
    static const Architecture architecture = llamaFamily({
        .modelType = "gemma3_text",
        .classPrefix = "Gemma3",
        .title = "Gemma 3",
        .help = "Decoder that writes text: Gemma 3 without images.",
        .bodyPrefix = "Gemma3Text",
        .headNorms = true,
        .outputNorms = true,
        .gemma = true,
        .window = LlamaVariant::Window::Always,
        .fullEvery = 6,
        .base = 1e6,
        .localBase = 10000,
    });
    return architecture;
}

}  // namespace lathe
