// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/llama.h"

namespace lathe {

/// model_type "mistral" (methods.md, "Llama"): Llama's layout without any bias.
const Architecture& mistralArchitecture();

}  // namespace lathe
