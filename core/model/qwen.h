// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/llama.h"

namespace lathe {

/// model_type "qwen2" (methods.md, "Qwen"): Qwen2 and Qwen2.5, Llama's layout with biases on query, key and
/// value.
const Architecture& qwen2Architecture();

/// model_type "qwen3" (methods.md, "Qwen"): Llama's layout with a norm over each query and key head.
const Architecture& qwen3Architecture();

}  // namespace lathe
