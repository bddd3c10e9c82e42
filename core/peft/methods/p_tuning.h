// SPDX-License-Identifier: GPL-3.0-or-later
// P-tuning: embeddings in front of every text that a small network makes (methods.md, "P-tuning").
#pragma once

#include "core/peft/method.h"

namespace lathe {

const AdapterMethod& pTuningMethod();

}  // namespace lathe
