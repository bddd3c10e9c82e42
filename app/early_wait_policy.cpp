// SPDX-License-Identifier: GPL-3.0-or-later
// Starts lathe-run once more with the wait policy in its environment. It is done before the libraries that it
// links are initialised (the program's DT_PREINIT_ARRAY), because LibTorch alone takes a quarter of a second
// for that: the second start costs milliseconds. The C library is not initialised either, so nothing of it is
// used but execve.
#include <unistd.h>

#include "app/wait_policy.h"

namespace lathe {
namespace {

constexpr int kMostEntries = 4096;

void startWithWaitPolicy(int, char** argv, char** environment) {
    static char* entries[kMostEntries + 2];
    if (hasWaitPolicy(environment)) return;
    int count = 0;
    for (; environment[count]; ++count) {
        if (count == kMostEntries) return;
        entries[count] = environment[count];
    }
    entries[count] = const_cast<char*>(kWaitPolicy);
    ::execve("/proc/self/exe", argv, entries);  // returns only where it cannot: the default policy then
}

#ifndef __SANITIZE_ADDRESS__  // the sanitizer is not ready yet when this runs
[[gnu::section(".preinit_array"), gnu::used]] constinit auto* const kStart = &startWithWaitPolicy;
#endif

}  // namespace
}  // namespace lathe
