// SPDX-License-Identifier: GPL-3.0-or-later
// The Llama family: decoder with grouped queries, rotary positions, gated feed-forward. Its members differ in
// a few points, which a LlamaVariant names.
#pragma once

#include "core/model/language_model.h"

namespace lathe {

struct LlamaVariant {
    enum class AttentionBias {
        FromConfig,     ///< "attention_bias" on q, k, v and o (Llama, Qwen3)
        QueryKeyValue,  ///< always on q, k and v, never on o (Qwen2)
        None,
    };

    std::string modelType;    ///< "llama"
    std::string classPrefix;  ///< "Llama", of LlamaForCausalLM
    std::string title, help;
    AttentionBias bias = AttentionBias::FromConfig;
    bool headNorms = false;  ///< q_norm and k_norm: RMSNorm over each head before the rotation (Qwen3)
};

/// HeadKind::LanguageModel gives <prefix>ForCausalLM; SequenceClassification gives
/// <prefix>ForSequenceClassification, or the body alone (<prefix>Model) with 0 labels. Rows must be padded on
/// the right. Where the config has a sliding window, the context ends at the window, within which both agree.
Architecture llamaFamily(const LlamaVariant& variant);

/// model_type "llama" (spec §3.3): Llama, SmolLM2, TinyLlama.
const Architecture& llamaArchitecture();

}  // namespace lathe
