// SPDX-License-Identifier: GPL-3.0-or-later
// VeRA: one random pair of matrices for all layers stays as it is; two vectors a layer train (methods.md,
// "VeRA").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& veraMethod();

}  // namespace lathe
