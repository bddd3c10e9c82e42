// SPDX-License-Identifier: GPL-3.0-or-later
// GPT-2 (methods.md, "GPT-2"): learnt positions, LayerNorm before each half of a block, projections stored
// (in, out).
#pragma once

#include "core/model/language_model.h"

namespace lathe {

const Architecture& gpt2Architecture();

}  // namespace lathe
