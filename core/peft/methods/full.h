// SPDX-License-Identifier: GPL-3.0-or-later
// Full fine-tuning: every weight trains.
#pragma once

#include "core/peft/method.h"

namespace lathe {

const Method& fullMethod();

}  // namespace lathe
