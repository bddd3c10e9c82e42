// SPDX-License-Identifier: GPL-3.0-or-later
// Ctrl-C, SIGTERM and SIGHUP (a closed terminal) ask a run to stop after its step, with a checkpoint; a
// second Ctrl-C or SIGTERM ends the program at once. After nohup SIGHUP stays ignored.
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

  private:
    bool m_hangup;
};

}  // namespace lathe
