// SPDX-License-Identifier: GPL-3.0-or-later
// What a config.json says about a member of the Llama family, checked.
#pragma once

#include <optional>

#include "core/model/decoder_stack.h"
#include "core/model/llama.h"
#include "core/ops/rotary.h"

namespace lathe {

struct LlamaConfig {
    ModelShape shape;
    LlamaVariant variant;
    double normEpsilon = 1e-6, attentionDropout = 0, residualDropout = 0;
    bool queryKeyValueBias = false, outBias = false, mlpBias = false;
    std::string activation;  ///< of the gate
    double embeddingScale = 1;
    std::optional<double> scoreScale;  ///< of query · key, where it is not headDim^-½
    double scoreSoftCap = 0;
    DecoderHead head;
    int64_t window = 0;                  ///< of the sliding blocks
    std::vector<bool> slides;            ///< one a block
    RotarySettings rotary, localRotary;  ///< of the blocks that see everything, and of those that slide
};

Result<LlamaConfig> readLlamaConfig(const LlamaVariant& variant, const Json& json, const HeadChoice& head);

}  // namespace lathe
