// SPDX-License-Identifier: GPL-3.0-or-later
// (IA)³: one factor for each output, or input, of chosen layers trains (methods.md, "(IA)³").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& ia3Method();

}  // namespace lathe
