// SPDX-License-Identifier: GPL-3.0-or-later
// AdaLoRA: the pair B·diag(E)·A, whose inner size is handed out to the layers that need it most while
// training (methods.md, "AdaLoRA").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& adaloraMethod();

}  // namespace lathe
