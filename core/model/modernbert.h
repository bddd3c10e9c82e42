// SPDX-License-Identifier: GPL-3.0-or-later
// ModernBERT (methods.md, "RoBERTa, DistilBERT and ModernBERT"): encoder with rotary positions, a gated
// feed-forward, the norm before each half of a block, and a window in most blocks.
#pragma once

#include "core/model/language_model.h"

namespace lathe {

const Architecture& modernbertArchitecture();

}  // namespace lathe
