// SPDX-License-Identifier: GPL-3.0-or-later
// The Llama family (Llama, SmolLM2, TinyLlama): decoder with grouped queries, rotary positions, gated
// feed-forward.
#pragma once

#include "core/model/language_model.h"

namespace lathe {

/// model_type "llama" (spec §3.3). HeadKind::LanguageModel gives LlamaForCausalLM; SequenceClassification
/// gives LlamaForSequenceClassification, or the body alone (LlamaModel) with 0 labels. Rows must be padded on
/// the right.
const Architecture& llamaArchitecture();

}  // namespace lathe
