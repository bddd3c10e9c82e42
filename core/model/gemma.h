// SPDX-License-Identifier: GPL-3.0-or-later
// Gemma 1, 2 and the text part of 3 (methods.md, "Gemma"): Llama's layout with norms that scale by 1 +
// weight, scaled embeddings and a tied head; 2 adds output norms, soft caps and a window, 3 head norms and a
// second rotation.
#pragma once

#include "core/model/llama.h"

namespace lathe {

const Architecture& gemmaArchitecture();
const Architecture& gemma2Architecture();
const Architecture& gemma3Architecture();

}  // namespace lathe
