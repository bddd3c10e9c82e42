// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/interrupt_guard.h"

#include <unistd.h>

#include <csignal>

#include "app/console.h"

namespace lathe {
namespace {

/// The run that Ctrl-C stops; the handler may only touch lock-free atomics.
std::atomic<RunControl*> g_running{nullptr};

void onInterrupt(int) {
    RunControl* control = g_running.load();
    if (!control || control->stop.exchange(true)) ::_exit(kExitStopped);
}

}  // namespace

InterruptGuard::InterruptGuard(RunControl& control) {
    g_running = &control;
    std::signal(SIGINT, onInterrupt);
    std::signal(SIGTERM, onInterrupt);
}

InterruptGuard::~InterruptGuard() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    g_running = nullptr;
}

}  // namespace lathe
