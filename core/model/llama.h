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

    enum class Window {
        None,
        Always,    ///< by "sliding_window" (Mistral, Phi-3, Gemma 2 and 3)
        Switched,  ///< only with "use_sliding_window", from block "max_window_layers" on (Qwen)
    };

    std::string modelType;    ///< "llama"
    std::string classPrefix;  ///< "Llama", of LlamaForCausalLM
    std::string title, help;
    std::string bodyPrefix = {};  ///< of the other classes, where it differs ("Gemma3Text")
    AttentionBias bias = AttentionBias::FromConfig;
    bool headNorms = false;  ///< q_norm and k_norm: over each head before the rotation (Qwen3, Gemma 3)
    bool fusedProjections = false;  ///< qkv_proj and gate_up_proj in place of three and two (Phi-3)
    bool partialRotary = false;     ///< "partial_rotary_factor": a part of each head turns (Phi-3)
    bool outputNorms = false;       ///< a norm after attention and feed-forward, too (Gemma 2 and 3)
    bool gemma = false;  ///< norms scale by 1 + weight, embeddings by √hidden; tanh gate, tied head
    Window window = Window::None;
    int fullEvery = 0;  ///< with a sliding window, every so-many-th block sees everything; 0 = none
    double scoreSoftCap = 0, logitSoftCap = 0;  ///< where the config is silent (Gemma 2: 50 and 30)
    double base = 10000;                        ///< rotary base where the config is silent
    double localBase = 0;  ///< of the blocks with a window, when they turn differently (Gemma 3)
};

/// HeadKind::LanguageModel gives <prefix>ForCausalLM; SequenceClassification gives
/// <prefix>ForSequenceClassification, or the body alone (<prefix>Model) with 0 labels. Rows must be padded on
/// the right.
Architecture llamaFamily(const LlamaVariant& variant);

/// model_type "llama" (methods.md, "Llama"): Llama, SmolLM2, TinyLlama.
const Architecture& llamaArchitecture();

}  // namespace lathe
