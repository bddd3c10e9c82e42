// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA: a low-rank pair B·A beside chosen linear layers trains, the base stays as it was (spec §1.1).
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& loraMethod();

}  // namespace lathe
