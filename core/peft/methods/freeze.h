// SPDX-License-Identifier: GPL-3.0-or-later
// Freezing: chosen blocks, modules and the head train, the rest stays as it was.
#pragma once

#include "core/peft/method.h"

namespace lathe {

const Method& freezeMethod();

}  // namespace lathe
