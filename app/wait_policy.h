// SPDX-License-Identifier: GPL-3.0-or-later
// How OpenMP's threads wait for work. By default they spin for milliseconds, so that two trainings at once on
// one machine are several times slower than one after the other. With a short spin one training alone is
// about as fast, and others get the processor. LibTorch's OpenMP library reads the policy when it is loaded:
// the window sets it before it opens the engine, lathe-run before its libraries start
// (early_wait_policy.cpp).
#pragma once

#include <string_view>

namespace lathe {

inline constexpr char kWaitPolicy[] = "GOMP_SPINCOUNT=1000";

/// Whether the environment has a policy already: the user's, or one set before.
inline bool hasWaitPolicy(char** environment) {
    for (; *environment; ++environment) {
        const std::string_view entry = *environment;
        if (entry.starts_with("GOMP_SPINCOUNT=") || entry.starts_with("OMP_WAIT_POLICY=")) return true;
    }
    return false;
}

}  // namespace lathe
