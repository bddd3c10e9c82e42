// SPDX-License-Identifier: GPL-3.0-or-later
// Prompt tuning: trained embeddings stand in front of every text (methods.md, "Prompt tuning").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& promptMethod();

}  // namespace lathe
