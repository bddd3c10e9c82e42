// SPDX-License-Identifier: GPL-3.0-or-later
// Phi-3 and Phi-4: Llama's layout with fused projections.
#pragma once

#include "core/model/llama.h"

namespace lathe {

const Architecture& phi3Architecture();

}  // namespace lathe
