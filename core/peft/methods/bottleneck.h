// SPDX-License-Identifier: GPL-3.0-or-later
// Bottleneck adapters: a narrow trained layer behind each sub-layer (Houlsby, Pfeiffer, parallel; spec
// §1.10).
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& bottleneckMethod();

}  // namespace lathe
