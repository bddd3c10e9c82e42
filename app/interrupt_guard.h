// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl-C and SIGTERM ask a run to stop after its step; a second one ends the program at once.
#pragma once

#include "core/train/run_session.h"

namespace lathe {

/// Holds for as long as the object lives; one at a time.
class InterruptGuard {
  public:
    explicit InterruptGuard(RunControl& control);
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace lathe
