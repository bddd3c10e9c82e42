// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA-FA: of the pair B·A only B trains; A stays as it started (methods.md, "LoRA-FA").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& loraFaMethod();

}  // namespace lathe
