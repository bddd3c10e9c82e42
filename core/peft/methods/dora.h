// SPDX-License-Identifier: GPL-3.0-or-later
// DoRA: LoRA turns each row of the weight, and the row's length trains on its own (methods.md, "DoRA").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& doraMethod();

}  // namespace lathe
