// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/llama.h"

namespace lathe {

/// model_type "mistral" (spec §3.3): Llama's layout without any bias.
const Architecture& mistralArchitecture();

}  // namespace lathe
