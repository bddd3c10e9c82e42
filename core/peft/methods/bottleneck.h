// SPDX-License-Identifier: GPL-3.0-or-later
// Bottleneck adapters: a narrow trained layer behind each sub-layer (Houlsby, Pfeiffer, parallel; methods.md,
// "Bottleneck adapters").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& bottleneckMethod();

}  // namespace lathe
