// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/interrupt_guard.h"

#include <unistd.h>

#include <csignal>

#include "app/console.h"
#include "app/process_guard.h"

namespace lathe {
namespace {

/// The run that Ctrl-C stops; the handler may only touch lock-free atomics.
std::atomic<RunControl*> g_running{nullptr};

void onInterrupt(int) {
    RunControl* control = g_running.load();
    if (!control || control->stop.exchange(true)) ::_exit(kExitStopped);
}

/// A closed terminal sends the signal more than once (the shell, then the system): never a second Ctrl-C.
void onHangup(int) {
    RunControl* control = g_running.load();
    if (!control) ::_exit(kExitStopped);
    control->stop = true;
}

}  // namespace

InterruptGuard::InterruptGuard(RunControl& control) : m_hangup(heedsHangup()) {
    g_running = &control;
    std::signal(SIGINT, onInterrupt);
    std::signal(SIGTERM, onInterrupt);
    if (m_hangup) std::signal(SIGHUP, onHangup);
}

InterruptGuard::~InterruptGuard() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    if (m_hangup) std::signal(SIGHUP, SIG_DFL);
    g_running = nullptr;
}

}  // namespace lathe
