// SPDX-License-Identifier: GPL-3.0-or-later
// Prefix tuning: trained keys and values stand in front of every block's (methods.md, "Prefix tuning").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& prefixMethod();

}  // namespace lathe
