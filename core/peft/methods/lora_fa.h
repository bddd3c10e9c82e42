// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA-FA: of the pair B·A only B trains; A stays as it started (spec §1.3).
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& loraFaMethod();

}  // namespace lathe
